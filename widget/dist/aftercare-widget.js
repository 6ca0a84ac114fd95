/*! Aftercare widget, Apache-2.0; with Lit, BSD-3-Clause. sources sha256:08d24c1891188359612628912b67a32ed30a77612ffc30588a15aa201ccb470c */
(function(){"use strict";var Xt;const K=globalThis,et=K.ShadowRoot&&(K.ShadyCSS===void 0||K.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,st=Symbol(),gt=new WeakMap;let vt=class{constructor(t,e,s){if(this._$cssResult$=!0,s!==st)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o;const e=this.t;if(et&&t===void 0){const s=e!==void 0&&e.length===1;s&&(t=gt.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),s&&gt.set(e,t))}return t}toString(){return this.cssText}};const te=i=>new vt(typeof i=="string"?i:i+"",void 0,st),k=(i,...t)=>{const e=i.length===1?i[0]:t.reduce((s,n,r)=>s+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(n)+i[r+1],i[0]);return new vt(e,i,st)},ee=(i,t)=>{if(et)i.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(const e of t){const s=document.createElement("style"),n=K.litNonce;n!==void 0&&s.setAttribute("nonce",n),s.textContent=e.cssText,i.appendChild(s)}},bt=et?i=>i:i=>i instanceof CSSStyleSheet?(t=>{let e="";for(const s of t.cssRules)e+=s.cssText;return te(e)})(i):i;const{is:se,defineProperty:ie,getOwnPropertyDescriptor:ne,getOwnPropertyNames:re,getOwnPropertySymbols:oe,getPrototypeOf:ae}=Object,Y=globalThis,$t=Y.trustedTypes,le=$t?$t.emptyScript:"",it=Y.reactiveElementPolyfillSupport,R=(i,t)=>i,nt={toAttribute(i,t){switch(t){case Boolean:i=i?le:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,t){let e=i;switch(t){case Boolean:e=i!==null;break;case Number:e=i===null?null:Number(i);break;case Object:case Array:try{e=JSON.parse(i)}catch{e=null}}return e}},wt=(i,t)=>!se(i,t),yt={attribute:!0,type:String,converter:nt,reflect:!1,useDefault:!1,hasChanged:wt};Symbol.metadata??=Symbol("metadata"),Y.litPropertyMetadata??=new WeakMap;let T=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=yt){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){const s=Symbol(),n=this.getPropertyDescriptor(t,s,e);n!==void 0&&ie(this.prototype,t,n)}}static getPropertyDescriptor(t,e,s){const{get:n,set:r}=ne(this.prototype,t)??{get(){return this[e]},set(o){this[e]=o}};return{get:n,set(o){const l=n==null?void 0:n.call(this);r==null||r.call(this,o),this.requestUpdate(t,l,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??yt}static _$Ei(){if(this.hasOwnProperty(R("elementProperties")))return;const t=ae(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(R("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(R("properties"))){const e=this.properties,s=[...re(e),...oe(e)];for(const n of s)this.createProperty(n,e[n])}const t=this[Symbol.metadata];if(t!==null){const e=litPropertyMetadata.get(t);if(e!==void 0)for(const[s,n]of e)this.elementProperties.set(s,n)}this._$Eh=new Map;for(const[e,s]of this.elementProperties){const n=this._$Eu(e,s);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){const e=[];if(Array.isArray(t)){const s=new Set(t.flat(1/0).reverse());for(const n of s)e.unshift(bt(n))}else t!==void 0&&e.push(bt(t));return e}static _$Eu(t,e){const s=e.attribute;return s===!1?void 0:typeof s=="string"?s:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){var t;this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),(t=this.constructor.l)==null||t.forEach(e=>e(this))}addController(t){var e;(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&((e=t.hostConnected)==null||e.call(t))}removeController(t){var e;(e=this._$EO)==null||e.delete(t)}_$E_(){const t=new Map,e=this.constructor.elementProperties;for(const s of e.keys())this.hasOwnProperty(s)&&(t.set(s,this[s]),delete this[s]);t.size>0&&(this._$Ep=t)}createRenderRoot(){const t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return ee(t,this.constructor.elementStyles),t}connectedCallback(){var t;this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),(t=this._$EO)==null||t.forEach(e=>{var s;return(s=e.hostConnected)==null?void 0:s.call(e)})}enableUpdating(t){}disconnectedCallback(){var t;(t=this._$EO)==null||t.forEach(e=>{var s;return(s=e.hostDisconnected)==null?void 0:s.call(e)})}attributeChangedCallback(t,e,s){this._$AK(t,s)}_$ET(t,e){var r;const s=this.constructor.elementProperties.get(t),n=this.constructor._$Eu(t,s);if(n!==void 0&&s.reflect===!0){const o=(((r=s.converter)==null?void 0:r.toAttribute)!==void 0?s.converter:nt).toAttribute(e,s.type);this._$Em=t,o==null?this.removeAttribute(n):this.setAttribute(n,o),this._$Em=null}}_$AK(t,e){var r,o;const s=this.constructor,n=s._$Eh.get(t);if(n!==void 0&&this._$Em!==n){const l=s.getPropertyOptions(n),a=typeof l.converter=="function"?{fromAttribute:l.converter}:((r=l.converter)==null?void 0:r.fromAttribute)!==void 0?l.converter:nt;this._$Em=n;const c=a.fromAttribute(e,l.type);this[n]=c??((o=this._$Ej)==null?void 0:o.get(n))??c,this._$Em=null}}requestUpdate(t,e,s,n=!1,r){var o;if(t!==void 0){const l=this.constructor;if(n===!1&&(r=this[t]),s??=l.getPropertyOptions(t),!((s.hasChanged??wt)(r,e)||s.useDefault&&s.reflect&&r===((o=this._$Ej)==null?void 0:o.get(t))&&!this.hasAttribute(l._$Eu(t,s))))return;this.C(t,e,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:s,reflect:n,wrapped:r},o){s&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,o??e??this[t]),r!==!0||o!==void 0)||(this._$AL.has(t)||(this.hasUpdated||s||(e=void 0),this._$AL.set(t,e)),n===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}const t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){var s;if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(const[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}const n=this.constructor.elementProperties;if(n.size>0)for(const[r,o]of n){const{wrapped:l}=o,a=this[r];l!==!0||this._$AL.has(r)||a===void 0||this.C(r,void 0,o,a)}}let t=!1;const e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),(s=this._$EO)==null||s.forEach(n=>{var r;return(r=n.hostUpdate)==null?void 0:r.call(n)}),this.update(e)):this._$EM()}catch(n){throw t=!1,this._$EM(),n}t&&this._$AE(e)}willUpdate(t){}_$AE(t){var e;(e=this._$EO)==null||e.forEach(s=>{var n;return(n=s.hostUpdated)==null?void 0:n.call(s)}),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};T.elementStyles=[],T.shadowRootOptions={mode:"open"},T[R("elementProperties")]=new Map,T[R("finalized")]=new Map,it==null||it({ReactiveElement:T}),(Y.reactiveElementVersions??=[]).push("2.1.2");const rt=globalThis,xt=i=>i,J=rt.trustedTypes,kt=J?J.createPolicy("lit-html",{createHTML:i=>i}):void 0,_t="$lit$",y=`lit$${Math.random().toFixed(9).slice(2)}$`,At="?"+y,he=`<${At}>`,_=document,I=()=>_.createComment(""),z=i=>i===null||typeof i!="object"&&typeof i!="function",ot=Array.isArray,ce=i=>ot(i)||typeof(i==null?void 0:i[Symbol.iterator])=="function",at=`[ 	
\f\r]`,D=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,St=/-->/g,Et=/>/g,A=RegExp(`>|${at}(?:([^\\s"'>=/]+)(${at}*=${at}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Ct=/'/g,Tt=/"/g,Lt=/^(?:script|style|textarea|title)$/i,Pt=i=>(t,...e)=>({_$litType$:i,strings:t,values:e}),u=Pt(1),L=Pt(2),S=Symbol.for("lit-noChange"),f=Symbol.for("lit-nothing"),Ot=new WeakMap,E=_.createTreeWalker(_,129);function Nt(i,t){if(!ot(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return kt!==void 0?kt.createHTML(t):t}const de=(i,t)=>{const e=i.length-1,s=[];let n,r=t===2?"<svg>":t===3?"<math>":"",o=D;for(let l=0;l<e;l++){const a=i[l];let c,p,d=-1,g=0;for(;g<a.length&&(o.lastIndex=g,p=o.exec(a),p!==null);)g=o.lastIndex,o===D?p[1]==="!--"?o=St:p[1]!==void 0?o=Et:p[2]!==void 0?(Lt.test(p[2])&&(n=RegExp("</"+p[2],"g")),o=A):p[3]!==void 0&&(o=A):o===A?p[0]===">"?(o=n??D,d=-1):p[1]===void 0?d=-2:(d=o.lastIndex-p[2].length,c=p[1],o=p[3]===void 0?A:p[3]==='"'?Tt:Ct):o===Tt||o===Ct?o=A:o===St||o===Et?o=D:(o=A,n=void 0);const m=o===A&&i[l+1].startsWith("/>")?" ":"";r+=o===D?a+he:d>=0?(s.push(c),a.slice(0,d)+_t+a.slice(d)+y+m):a+y+(d===-2?l:m)}return[Nt(i,r+(i[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]};class q{constructor({strings:t,_$litType$:e},s){let n;this.parts=[];let r=0,o=0;const l=t.length-1,a=this.parts,[c,p]=de(t,e);if(this.el=q.createElement(c,s),E.currentNode=this.el.content,e===2||e===3){const d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(n=E.nextNode())!==null&&a.length<l;){if(n.nodeType===1){if(n.hasAttributes())for(const d of n.getAttributeNames())if(d.endsWith(_t)){const g=p[o++],m=n.getAttribute(d).split(y),v=/([.?@])?(.*)/.exec(g);a.push({type:1,index:r,name:v[2],strings:m,ctor:v[1]==="."?fe:v[1]==="?"?pe:v[1]==="@"?me:Z}),n.removeAttribute(d)}else d.startsWith(y)&&(a.push({type:6,index:r}),n.removeAttribute(d));if(Lt.test(n.tagName)){const d=n.textContent.split(y),g=d.length-1;if(g>0){n.textContent=J?J.emptyScript:"";for(let m=0;m<g;m++)n.append(d[m],I()),E.nextNode(),a.push({type:2,index:++r});n.append(d[g],I())}}}else if(n.nodeType===8)if(n.data===At)a.push({type:2,index:r});else{let d=-1;for(;(d=n.data.indexOf(y,d+1))!==-1;)a.push({type:7,index:r}),d+=y.length-1}r++}}static createElement(t,e){const s=_.createElement("template");return s.innerHTML=t,s}}function P(i,t,e=i,s){var o,l;if(t===S)return t;let n=s!==void 0?(o=e._$Co)==null?void 0:o[s]:e._$Cl;const r=z(t)?void 0:t._$litDirective$;return(n==null?void 0:n.constructor)!==r&&((l=n==null?void 0:n._$AO)==null||l.call(n,!1),r===void 0?n=void 0:(n=new r(i),n._$AT(i,e,s)),s!==void 0?(e._$Co??=[])[s]=n:e._$Cl=n),n!==void 0&&(t=P(i,n._$AS(i,t.values),n,s)),t}class ue{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){const{el:{content:e},parts:s}=this._$AD,n=((t==null?void 0:t.creationScope)??_).importNode(e,!0);E.currentNode=n;let r=E.nextNode(),o=0,l=0,a=s[0];for(;a!==void 0;){if(o===a.index){let c;a.type===2?c=new O(r,r.nextSibling,this,t):a.type===1?c=new a.ctor(r,a.name,a.strings,this,t):a.type===6&&(c=new ge(r,this,t)),this._$AV.push(c),a=s[++l]}o!==(a==null?void 0:a.index)&&(r=E.nextNode(),o++)}return E.currentNode=_,n}p(t){let e=0;for(const s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(t,s,e),e+=s.strings.length-2):s._$AI(t[e])),e++}}class O{get _$AU(){var t;return((t=this._$AM)==null?void 0:t._$AU)??this._$Cv}constructor(t,e,s,n){this.type=2,this._$AH=f,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=n,this._$Cv=(n==null?void 0:n.isConnected)??!0}get parentNode(){let t=this._$AA.parentNode;const e=this._$AM;return e!==void 0&&(t==null?void 0:t.nodeType)===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=P(this,t,e),z(t)?t===f||t==null||t===""?(this._$AH!==f&&this._$AR(),this._$AH=f):t!==this._$AH&&t!==S&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):ce(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==f&&z(this._$AH)?this._$AA.nextSibling.data=t:this.T(_.createTextNode(t)),this._$AH=t}$(t){var r;const{values:e,_$litType$:s}=t,n=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=q.createElement(Nt(s.h,s.h[0]),this.options)),s);if(((r=this._$AH)==null?void 0:r._$AD)===n)this._$AH.p(e);else{const o=new ue(n,this),l=o.u(this.options);o.p(e),this.T(l),this._$AH=o}}_$AC(t){let e=Ot.get(t.strings);return e===void 0&&Ot.set(t.strings,e=new q(t)),e}k(t){ot(this._$AH)||(this._$AH=[],this._$AR());const e=this._$AH;let s,n=0;for(const r of t)n===e.length?e.push(s=new O(this.O(I()),this.O(I()),this,this.options)):s=e[n],s._$AI(r),n++;n<e.length&&(this._$AR(s&&s._$AB.nextSibling,n),e.length=n)}_$AR(t=this._$AA.nextSibling,e){var s;for((s=this._$AP)==null?void 0:s.call(this,!1,!0,e);t!==this._$AB;){const n=xt(t).nextSibling;xt(t).remove(),t=n}}setConnected(t){var e;this._$AM===void 0&&(this._$Cv=t,(e=this._$AP)==null||e.call(this,t))}}class Z{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,s,n,r){this.type=1,this._$AH=f,this._$AN=void 0,this.element=t,this.name=e,this._$AM=n,this.options=r,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=f}_$AI(t,e=this,s,n){const r=this.strings;let o=!1;if(r===void 0)t=P(this,t,e,0),o=!z(t)||t!==this._$AH&&t!==S,o&&(this._$AH=t);else{const l=t;let a,c;for(t=r[0],a=0;a<r.length-1;a++)c=P(this,l[s+a],e,a),c===S&&(c=this._$AH[a]),o||=!z(c)||c!==this._$AH[a],c===f?t=f:t!==f&&(t+=(c??"")+r[a+1]),this._$AH[a]=c}o&&!n&&this.j(t)}j(t){t===f?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}}class fe extends Z{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===f?void 0:t}}class pe extends Z{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==f)}}class me extends Z{constructor(t,e,s,n,r){super(t,e,s,n,r),this.type=5}_$AI(t,e=this){if((t=P(this,t,e,0)??f)===S)return;const s=this._$AH,n=t===f&&s!==f||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,r=t!==f&&(s===f||n);n&&this.element.removeEventListener(this.name,this,s),r&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){var e;typeof this._$AH=="function"?this._$AH.call(((e=this.options)==null?void 0:e.host)??this.element,t):this._$AH.handleEvent(t)}}class ge{constructor(t,e,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){P(this,t)}}const ve={I:O},lt=rt.litHtmlPolyfillSupport;lt==null||lt(q,O),(rt.litHtmlVersions??=[]).push("3.3.3");const be=(i,t,e)=>{const s=(e==null?void 0:e.renderBefore)??t;let n=s._$litPart$;if(n===void 0){const r=(e==null?void 0:e.renderBefore)??null;s._$litPart$=n=new O(t.insertBefore(I(),r),r,void 0,e??{})}return n._$AI(i),n};const j=globalThis;let N=class extends T{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){const t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){const e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=be(e,this.renderRoot,this.renderOptions)}connectedCallback(){var t;super.connectedCallback(),(t=this._$Do)==null||t.setConnected(!0)}disconnectedCallback(){var t;super.disconnectedCallback(),(t=this._$Do)==null||t.setConnected(!1)}render(){return S}};N._$litElement$=!0,N.finalized=!0,(Xt=j.litElementHydrateSupport)==null||Xt.call(j,{LitElement:N});const ht=j.litElementPolyfillSupport;ht==null||ht({LitElement:N}),(j.litElementVersions??=[]).push("4.2.2");const $e="Aftercare-Session",Mt="aftercare.session.";class Ut{constructor(t,e,s){this.base=t,this.elsewhere=e,this.store=s}base;elsewhere;store;#t=!1;#e=!1;#s=null;get token(){var t;if(!this.elsewhere||this.#t)return null;try{return((t=this.store)==null?void 0:t.getItem(Mt+this.base))??this.#s}catch{return this.#s}}get byPage(){return this.#e||this.token!==null}get unsure(){return this.elsewhere&&!this.#t&&!this.byPage}found(t){this.#t=t,this.#e=!t}keep(t){var e;if(!(typeof t!="string"||t===""||!this.byPage)){this.#s=t;try{(e=this.store)==null||e.setItem(Mt+this.base,t)}catch{}}}}function we(i){return i!==""&&new URL(i,location.href).origin!==location.origin}const ye=["none","urgent","unassessed","emergency","crisis"];function M(i){return typeof i=="object"&&i!==null?i:{}}function $(i,t=""){return typeof i=="string"?i:t}function Q(i){return typeof i=="string"&&i.trim()!==""?i:null}function F(i){const t=M(i);if(typeof t.text!="string")return null;const e=Number.isSafeInteger(t.seq)?t.seq:0,s=Date.parse($(t.at)),n=$(t.from),r=$(t.level,"none"),o=Array.isArray(t.buttons)?t.buttons.map(M):[];return{seq:e,id:$(t.id)||`seq-${e}`,from:n==="patient"||n==="staff"?n:"assistant",name:Q(t.name),text:t.text,at:Number.isNaN(s)?Date.now():s,level:ye.includes(r)?r:"unassessed",buttons:o.filter(l=>Q(l.title)!==null).map(l=>({title:$(l.title),payload:$(l.payload)})),replyTo:Number.isSafeInteger(t.reply_to)?t.reply_to:null,channel:t.channel==="sms"?"sms":"web",delivered:t.delivered!==!1,image:xe(M(t.image).src)}}function xe(i){return typeof i=="string"&&/^\/chat\/[\w.?=&-]+$/.test(i)?i:null}function ke(i){return(Array.isArray(i)?i:[]).map(F).filter(e=>e!==null&&e.seq>0)}function Ht(i,t){const e=M(i),s=M(e.clinic);return{clinic:{name:$(s.name)||t.name,phone:$(s.phone)||t.phone,afterHoursPhone:$(s.after_hours_phone)||t.afterHoursPhone,crisisLine:$(s.crisis_line)||t.crisisLine,ambulance:$(s.ambulance)||t.ambulance,onShift:typeof s.on_shift=="boolean"?s.on_shift:null},verified:e.verified===!0,name:Q(e.name),lastSeq:Number.isSafeInteger(e.last_seq)?e.last_seq:0,conversation:$(e.conversation)}}function _e(i){const t=M(i);return{typing:t.typing===!0,owner:t.owner==="staff"?"staff":"assistant",ownerName:Q(t.owner_name),onShift:typeof t.on_shift=="boolean"?t.on_shift:null,crisis:t.crisis===!0}}function x(i){return i==="crisis"||i==="emergency"}class w extends Error{constructor(t,e,s,n,r,o){super(s),this.status=t,this.code=e,this.phone=n,this.retryAfter=r,this.reply=o}status;code;phone;retryAfter;reply}class Rt extends Error{}const Ae=2e4;class Se{constructor(t,e=(n,r)=>fetch(n,r),s=new Ut(t,!1,null)){this.base=t,this.fetcher=e,this.keeper=s}base;fetcher;keeper;conversation="";async session(t,e=null){const s=this.keeper.unsure?await this.#e():null;return Ht(s!==null&&e===null?s:await this.#t(e),t)}#t(t){const e={...t!==null&&{[t.kind]:t.value},...this.keeper.byPage&&{keep:"page"}};return this.#n("POST","/chat/session",e)}async#e(){let t=null;try{t=await this.#t(null)}catch(e){if(!(e instanceof w)||e.status<500)throw e}try{await this.#n("GET","/chat/messages?limit=1")}catch(e){if(!(e instanceof w))throw e;if(e.status===401)return this.keeper.found(!1),null}return this.keeper.found(!0),t}async picture(t){const e=await this.#i(t,{});if(!e.ok)throw await this.#r(e);return e.blob()}async history(t,e){const s=e===void 0?`limit=${t}`:`before=${e}&limit=${t}`,n=await this.#n("GET",this.#s(`/chat/messages?${s}`));return{messages:ke(n.messages),more:n.more===!0}}async send(t){const e=this.conversation?{...t,conversation:this.conversation}:t,s=await this.#n("POST","/chat/messages",e),{conversation:n}=s;return{message:F(s.message),reply:F(s.reply),kept:s.kept===!0,elsewhere:typeof n=="string"&&this.conversation!==""&&n!==this.conversation}}async events(t,e){const s=await this.#i(this.#s("/chat/events"),{headers:{Accept:"text/event-stream","Last-Event-ID":String(t)},cache:"no-store",signal:e});if(!s.ok)throw await this.#r(s);return s}#s(t){return this.conversation?`${t}${t.includes("?")?"&":"?"}conversation=${encodeURIComponent(this.conversation)}`:t}async#n(t,e,s){const n=new AbortController,r=setTimeout(()=>n.abort(),Ae);try{const o=await this.#i(e,{method:t,signal:n.signal,cache:"no-store",...t==="POST"&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json"}}});if(!o.ok)throw await this.#r(o);const l=await o.json();return typeof l!="object"||l===null?{}:(this.keeper.keep(l.token),l)}catch(o){throw o instanceof w?o:new Rt(String(o))}finally{clearTimeout(r)}}async#i(t,e){const{token:s}=this.keeper,n={...e.headers,...s!==null&&{[$e]:s}};try{return await this.fetcher(this.base+t,{credentials:"include",...e,headers:n})}catch(r){throw new Rt(String(r))}}async#r(t){const e=await t.json().catch(()=>({}));this.keeper.keep(e==null?void 0:e.token);const s=(e==null?void 0:e.error)??{},n=Number(t.headers.get("Retry-After"));return new w(t.status,typeof s.code=="string"?s.code:"",typeof s.message=="string"?s.message:"",typeof s.phone=="string"?s.phone:null,n>0?n:null,F(e==null?void 0:e.reply))}}const Ee=k`
  .below {
    flex: none;
  }
  /* Nothing that is to be read, such as a number to call, lies under it. */
  .newest {
    width: 100%;
    font-size: 0.9375em;
    border-radius: 0;
  }
  .typing {
    display: flex;
    align-items: center;
    gap: 0.6em;
    padding: 0.25em 1em;
    font-size: 0.9375em;
    color: var(--ink-soft);
    background: var(--ground);
  }
  .dots {
    display: inline-flex;
    gap: 0.25em;
  }
  .dots i {
    width: 0.4em;
    height: 0.4em;
    border-radius: 50%;
    background: currentColor;
    animation: breathe 1.4s ease-in-out infinite;
  }
  .dots i:nth-child(2) {
    animation-delay: 0.2s;
  }
  .dots i:nth-child(3) {
    animation-delay: 0.4s;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }

  form {
    padding: 0.5em 0.75em 0.75em;
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  label {
    display: block;
    padding-bottom: 0.2em;
    font-size: 0.875em;
    font-weight: 650;
  }
  .line {
    display: flex;
    align-items: flex-end;
    gap: 0.5em;
  }
  textarea {
    flex: 1;
    min-width: 0;
    min-height: 2.9em;
    max-height: 7.5em;
    padding: 0.6em 0.75em;
    border: 2px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
    font-size: max(1em, 16px);
    line-height: 1.4;
    resize: none;
  }
  textarea:focus {
    outline: 3px solid var(--focus);
    outline-offset: 0;
  }
  textarea[aria-invalid="true"] {
    border-color: var(--alarm);
  }
  .send {
    min-height: 2.9em;
  }
  .note {
    padding-top: 0.3em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .note.bad {
    color: var(--alarm-ink);
    font-weight: 650;
  }
`,Ce=k`
  .crisis {
    flex: none;
    padding: 0.35em 0.5em 0.5em;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
    border-block: 1px solid var(--alarm);
  }
  .crisis h3 {
    font-size: 0.875em;
    line-height: 1.5;
    padding-inline: 0.2em;
  }
  .crisis ul {
    display: grid;
    grid-template-columns: repeat(3, auto);
    gap: 0.35em;
    list-style: none;
  }
  .crisis ul.two {
    grid-template-columns: 1fr 1fr;
  }
  .crisis a {
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    height: 100%;
    min-height: 2.75em;
    padding: 0.15em 0.2em;
    border: 1px solid var(--alarm);
    border-radius: 0.6em;
    background: var(--surface);
    color: var(--alarm-ink);
    text-align: center;
    text-decoration: none;
    line-height: 1.2;
    overflow-wrap: normal;
  }
  .crisis a:hover {
    text-decoration: underline;
  }
  .crisis a b {
    white-space: nowrap;
  }
  .crisis a span:last-child {
    font-size: 0.8125em;
  }
  .front {
    padding: 0.6em 0.75em 0.75em;
    border-block-width: 3px;
  }
  .front .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.5em;
  }
  .front h3 {
    font-size: 1.15em;
    line-height: 1.25;
  }
  .front p {
    padding: 0 0.2em 0.5em;
    font-size: 0.9375em;
  }
  .front .less {
    flex: none;
    min-height: 3.25em;
    padding-inline: 0.5em;
    font-size: 0.875em;
    text-decoration: underline;
  }
  .front ul {
    grid-template-columns: 1fr 1fr;
    gap: 0.5em;
  }
  .front a {
    min-height: 3.5em;
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .front a b {
    font-size: 1.15em;
  }
  .front a.second {
    background: var(--surface);
    color: var(--alarm-ink);
  }
`,Te=k`
  :host {
    display: block;
    height: var(--aftercare-height, min(42em, 92vh));
    container-type: size;
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    overflow: hidden;
  }
  :host([hidden]) {
    display: none;
  }
  .chat {
    box-sizing: border-box;
    display: flex;
    flex-direction: column;
    height: 100%;
    font-size: 1.0625em;
    background: var(--surface);
  }

  header {
    display: flex;
    align-items: center;
    gap: 0.5em;
    padding: 0.6em 0.5em 0.5em 1em;
  }
  header > div {
    flex: 1;
    min-width: 0;
  }
  h2 {
    font-size: 1.1em;
    line-height: 1.25;
  }
  h2:focus-visible {
    outline: none; /* A place to start reading, not a control. */
  }
  .status {
    display: flex;
    align-items: baseline;
    gap: 0.45em;
    font-size: 0.875em;
    line-height: 1.35;
    color: var(--ink-soft);
  }
  .dot {
    width: 0.65em;
    height: 0.65em;
    flex: none;
    border: 2px solid var(--control);
    border-radius: 50%;
  }
  .open .dot {
    background: #2c8a4b;
    border-color: #2c8a4b;
  }
  .waiting,
  .offline {
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .waiting .dot,
  .offline .dot {
    border-color: var(--alarm);
    border-radius: 0;
  }
  .icon {
    display: grid;
    place-items: center;
    width: 2.75em;
    height: 2.75em;
    border-radius: var(--radius);
    color: var(--ink-soft);
  }
  .icon:hover {
    color: var(--ink);
    background: var(--ground);
  }

  .welcome {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 1em;
    padding: 1em;
    text-align: center;
  }
`,Le=k`
  .log {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 0.75em;
    background: var(--ground);
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .log ol,
  .log ul {
    list-style: none;
  }
  .older {
    display: grid;
    justify-items: center;
    gap: 0.4em;
    padding-bottom: 0.5em;
    text-align: center;
  }
  .day {
    padding: 0.6em 0;
    text-align: center;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .item {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    padding-top: 0.3em;
  }
  .item.first {
    padding-top: 0.9em;
  }
  .item.patient {
    align-items: flex-end;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.45em;
    padding: 0 0.2em 0.2em;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .who b {
    color: var(--ink);
  }
  .who svg {
    width: 1.1em;
    height: 1.1em;
  }
  .badge {
    padding: 0 0.5em;
    border: 1px solid var(--staff-line);
    border-radius: 1em;
    background: var(--staff);
    color: var(--ink);
  }
  .bubble {
    max-width: min(92%, 34em);
    padding: 0.55em 0.85em;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    border-start-start-radius: 0.25em;
    background: var(--surface);
    white-space: pre-wrap;
  }
  .patient .bubble {
    border-color: var(--accent);
    border-start-start-radius: var(--radius);
    border-end-end-radius: 0.25em;
    background: var(--accent);
    color: var(--on-accent);
  }
  .patient.unsent .bubble {
    border: 2px dashed var(--accent);
    background: var(--surface);
    color: var(--ink);
  }
  .staff .bubble {
    border-color: var(--staff-line);
    border-inline-start-width: 5px;
    background: var(--staff);
  }
  .grave .bubble {
    border: 2px solid var(--alarm);
    border-inline-start-width: 6px;
    background: var(--alarm-ground);
    color: var(--alarm-ink);
  }
  .bubble a {
    display: inline-block;
    font-weight: 650;
    text-decoration: underline;
    text-underline-offset: 0.15em;
    padding-block: 0.15em;
  }
  .picture {
    display: block;
    width: 100%;
    max-width: 26em;
    height: auto;
    margin-top: 0.5em;
    border-radius: 0.25em;
  }
  .mark {
    display: flex;
    align-items: center;
    gap: 0.35em;
    padding-bottom: 0.15em;
    font-weight: 650;
  }
  .fate {
    padding: 0.15em 0.3em 0;
    font-size: 0.875em;
    color: var(--ink-soft);
  }
  .fate.bad {
    max-width: 92%;
    color: var(--alarm-ink);
    font-weight: 650;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    padding-top: 0.4em;
  }
  .choices {
    padding-top: 0.6em;
    max-width: 100%;
  }
  .choices button {
    border: 2px solid var(--accent);
    color: var(--accent);
    font-weight: 650;
    text-align: start;
  }
  .choices button:hover {
    background: var(--accent);
    color: var(--on-accent);
  }
`,Pe=k`
  /* Little height (a phone on its side, 400 % zoom): one scroll for all, with the numbers still in sight. */
  @container (max-height: 27em) {
    .chat {
      overflow-y: auto;
      overscroll-behavior: contain;
    }
    .log {
      flex: 1 0 auto;
      overflow: visible;
    }
    .crisis {
      position: sticky;
      top: 0;
      z-index: 1;
    }
    .front {
      padding: 0.35em 0.5em;
    }
    .front .head,
    .front a span {
      display: none;
    }
    .front ul {
      grid-template-columns: repeat(auto-fit, minmax(8.5em, 1fr));
      gap: 0.35em;
    }
    .front a {
      min-height: 2.75em;
    }
    .bar h3 {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
  /* A small phone: the numbers are in front, and the words that came with them have room as well. */
  @container (max-height: 38em) {
    .front {
      padding: 0.2em 0.5em 0.5em;
    }
    .front p,
    .front a span {
      display: none;
    }
    .front ul {
      grid-template-columns: repeat(auto-fit, minmax(8em, 1fr));
      gap: 0.35em;
    }
    .front a {
      min-height: 2.75em;
    }
    .front .less {
      min-height: 3em;
    }
  }
  @container (max-width: 15em) {
    .front ul,
    .crisis ul,
    .crisis ul.two {
      grid-template-columns: 1fr;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .dots i {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .dot,
    .dots i {
      forced-color-adjust: none;
      background: CanvasText;
    }
    .waiting .dot,
    .offline .dot {
      background: Canvas;
      border-color: CanvasText;
    }
    .patient .bubble {
      border-width: 2px;
    }
    .strong,
    .front a {
      border-width: 3px;
    }
  }
`,Oe=[Te,Ce,Le,Ee,Pe],It=(i,t,e)=>i===1?t:e,h={assistant:"Aftercare assistant",automated:"automated",staff:"Clinic staff",you:"You",bySms:"by text message",smsFailed:"a text that your phone did not get",picture:"A picture of your mood check-ins. The words above say the same.",launcher:"Chat with us",launcherLabel:"Open the aftercare chat",launcherGrave:"Help is here",launcherUnread:i=>`${i} new ${It(i,"message","messages")}`,close:"Close the chat",start:"Start the chat",startText:"Ask about your aftercare at any hour.",panelLabel:i=>i?`Aftercare chat, ${i}`:"Aftercare chat",connecting:"Connecting…",connected:"Connected",connectedOnShift:"Connected. Staff are on shift.",connectedOffShift:"Connected. No staff on shift.",connectedStaff:i=>`Connected. You are writing with ${i}.`,waiting:"Connection lost. Trying again…",offline:"You are offline. You can keep writing.",crisisBar:"Help now",crisisRegion:"Phone numbers for help now",crisisTitle:"Get help now",crisisText:(i,t)=>`${i} and ${t} answer day and night.`,crisisLess:"Make smaller",crisisAlert:(i,t)=>`Help is one tap away, at the top of the chat. Call ${i} in an emergency. Call ${t} to talk to someone now.`,call:"Call",text:"Text",line:"Crisis line",lineText:"If you cannot talk",ambulance:"Emergency",clinic:"Clinic",clinicAfterHours:"After hours",callClinic:"Call clinic",callAfterHours:"Call after hours",log:"Messages",loading:"Getting your messages…",older:"Show earlier messages",olderLoading:"Getting earlier messages…",olderFailed:"Earlier messages could not be fetched. Try again in a moment.",newest:"Newest message",typing:i=>`${i} is writing…`,choices:"Suggested answers",important:"Important",today:"Today",yesterday:"Yesterday",composerLabel:"Your message",send:"Send",sending:"Sending…",sent:"Sent",unsent:"Not sent yet. It goes when the connection is back.",kept:"Saved, but nobody has read it yet.",cannotWait:"If you cannot wait, use a phone number above.",refused:"Not sent.",otherConversation:"This page now shows another conversation, so this was not sent. Send it again only if it belongs here.",again:"Send again",remove:"Remove",enterHint:"Enter sends. Shift and Enter starts a new line.",empty:"Write a message first.",tooLong:(i,t)=>`This message is ${i.toLocaleString("en-US")} characters long. The limit is ${t.toLocaleString("en-US")}. Please shorten it, or send it in parts. Nothing you wrote is lost.`,room:i=>`${i.toLocaleString("en-US")} ${It(i,"character","characters")} left`,problem:"Something went wrong."},Ne=3e4,zt=[1e3,2e3,4e3,8e3,15e3,3e4];function Dt(i,t){const e=zt[Math.min(i,zt.length-1)]??0;return Math.max((t??0)*1e3,e*(.5+Math.random()/2))}class Me{constructor(t,e,s){this.api=t,this.outbox=e,this.around=s}api;outbox;around;#t=!1;#e=0;#s;#n;#i=new Map;provisional(t){return this.#i.get(t)??null}forget(t){t===void 0?this.#i.clear():this.#i.delete(t)}replace(t,e){let s=!1;for(const[n,r]of this.#i)n!==e&&r.text!==t.text||(s||=r.text===t.text||x(r.level)&&x(t.level),this.#i.delete(n));return s}stop(){clearTimeout(this.#s),clearTimeout(this.#n)}repeatKept(){clearTimeout(this.#n);for(const t of this.outbox.entries)t.status==="kept"&&this.outbox.put({...t,status:"waiting"})}async flush(t=!1){if(!(this.#t||!(this.around.bound()||t))){clearTimeout(this.#s),this.#t=!0;try{let e=!1;for(let s=this.outbox.next;s!==null&&this.around.started();s=this.outbox.next){const n=await this.#r(s);if(n===401||n===409){if(e)break;e=!0,await this.around.renew(n)}else if(n!==null)break}}catch{}finally{this.#t=!1}}}async knock(){for(const t of this.outbox.entries)if(t.status!=="refused"&&await this.#r(t)===null)return!0;return!1}async#r(t){this.outbox.put({...t,status:"sending"}),this.around.changed();try{const{message:e,reply:s,kept:n,elsewhere:r}=await this.api.send({id:t.id,text:t.text,...t.choice!==void 0&&{choice:t.choice}});return this.#e=0,n?this.#o(t,s):r?(s&&this.#a(t,s),401):(this.outbox.remove(t.id),e&&this.around.take(e),s&&s.seq>0&&this.around.take(s),s&&this.#i.delete(t.id),this.around.changed(),null)}catch(e){return this.#l(t,e)}}#o(t,e){if(this.around.stored(t.id))this.outbox.remove(t.id);else{e&&this.#a(t,e);const{problem:s,...n}=t;this.outbox.put({...n,status:"kept"}),clearTimeout(this.#n),this.#n=setTimeout(()=>{this.repeatKept(),this.flush(!0)},Ne)}return this.around.changed(),null}#a(t,e){this.#i.has(t.id)||this.around.replied(e),this.#i.set(t.id,e)}#l(t,e){const s=e instanceof w?e:null,n=(s==null?void 0:s.status)??0;return s!=null&&s.reply&&this.#a(t,s.reply),this.around.stored(t.id)?(this.outbox.remove(t.id),null):s!==null&&n>=400&&n<500&&![401,408,409,425,429].includes(n)?(this.outbox.put({...t,status:"refused",problem:s.message||h.problem}),this.around.changed(),null):(this.outbox.put({...t,status:"waiting",...(s==null?void 0:s.message)&&{problem:s.message}}),n!==401&&n!==409&&(clearTimeout(this.#s),this.#s=setTimeout(()=>{this.flush()},Dt(this.#e,(s==null?void 0:s.retryAfter)??null)),this.#e+=1),this.around.changed(),n)}}const Ue="AC105";class He{constructor(t,e){this.api=t,this.conversation=e}api;conversation;notice="";#t=null;#e=null;#s=0;#n;get waiting(){return this.#n!==void 0}prove(t){this.#t=t}try(){return this.#e??=this.#i().finally(()=>this.#e=null),this.#e}soon(){clearTimeout(this.#n),this.#n=setTimeout(()=>this.conversation.again())}stop(){clearTimeout(this.#n),this.#n=void 0}async#i(){this.stop(),this.conversation.begins();try{await this.conversation.opened(await this.#r())}catch(t){const e=t instanceof w?t.retryAfter:null;throw this.#n=setTimeout(()=>this.conversation.again(),Dt(this.#s,e)),this.#s+=1,await this.conversation.failed(t),t}this.#s=0}async#r(){const t=this.#t;try{const e=await this.api.session(this.conversation.clinic(),t);return this.#o(t),e}catch(e){if(!(t!==null&&e instanceof w&&e.status===403&&e.code!==Ue))throw e;return this.#o(t),t.kind==="invite"&&(this.notice=e.message),this.api.session(this.conversation.clinic())}}#o(t){t==null||t.settled(),this.#t===t&&(this.#t=null)}}const ct="aftercare.out.",Re=168*36e5;class Ie{constructor(t,e,s=Date.now){this.lasting=t,this.tab=e,this.now=s,this.#r(this.tab,`${ct}unbound.`)}lasting;tab;now;#t=[];#e=null;get entries(){return this.#t}get next(){return this.#t.find(t=>t.status==="waiting"||t.status==="sending")??null}bind(t,e){if(this.#e===t)return;const s=this.#e===null?null:e,n=this.#t;for(const r of n)this.#s(r.id);this.#e=t,this.#t=[],this.#r(this.lasting,this.#i());for(const r of n)this.put(s===null?r:{...r,status:"refused",problem:s})}put(t){const e=this.#t.findIndex(s=>s.id===t.id);this.#t=e<0?[...this.#t,t]:this.#t.map(s=>s.id===t.id?t:s),De(this.#n(),this.#i()+t.id,JSON.stringify(t))}remove(t){this.#t.some(e=>e.id===t)&&(this.#t=this.#t.filter(e=>e.id!==t),this.#s(t))}#s(t){const e=this.#n();try{e==null||e.removeItem(this.#i()+t)}catch{}}#n(){return this.#e===null?this.tab:this.lasting}#i(){return`${ct}${this.#e??"unbound"}.`}#r(t,e){const s=[];for(const n of ze(t)){if(!n.startsWith(e))continue;const r=qe((t==null?void 0:t.getItem(n))??null);r===null||this.now()-r.at>Re?t==null||t.removeItem(n):s.push(r)}this.#t=[...this.#t,...s.sort((n,r)=>n.at-r.at)]}}function ze(i){const t=[];for(let e=0;e<((i==null?void 0:i.length)??0);e+=1){const s=i==null?void 0:i.key(e);s&&t.push(s)}return t}function De(i,t,e){try{i==null||i.setItem(t,e)}catch{}}function qe(i){try{const t=JSON.parse(i??"null");return typeof(t==null?void 0:t.id)!="string"||typeof t.text!="string"||typeof t.at!="number"?null:{id:t.id,text:t.text,at:t.at,...typeof t.choice=="string"&&{choice:t.choice},status:t.status==="refused"?"refused":"waiting",...typeof t.problem=="string"&&{problem:t.problem}}}catch{return null}}function B(i){try{const t=globalThis[i];return t.getItem(ct),t}catch{return null}}function je(){const i=crypto.getRandomValues(new Uint8Array(16));i[6]=(i[6]??0)&15|64,i[8]=(i[8]??0)&63|128;const t=[...i].map(e=>e.toString(16).padStart(2,"0")).join("");return[t.slice(0,8),t.slice(8,12),t.slice(12,16),t.slice(16,20),t.slice(20)].join("-")}class Fe{#t=new Map;#e=new Map;#s=new Set;#n=null;#i=null;add(t){return t.seq<=0||this.#t.has(t.seq)||this.#e.has(t.id)?!1:(this.#t.set(t.seq,t),this.#e.set(t.id,t.seq),this.#n=this.#n===null?t.seq:Math.min(this.#n,t.seq),this.#i=null,!0)}has(t){return this.#e.has(t)}list(){return this.#i??=[...this.#t.values()].sort((t,e)=>t.seq-e.seq),this.#i}get floor(){return this.#n}get settled(){const t=this.gap();return t===null?this.#r:t.from-1}gap(){if(this.#n===null)return null;const t=e=>this.#t.has(e)||this.#s.has(e);for(let e=this.#n+1;e<this.#r;e+=1){if(t(e))continue;let s=e;for(;s+1<this.#r&&!t(s+1);)s+=1;return{from:e,to:s}}return null}giveUp(t){for(let e=t.from;e<=t.to;e+=1)this.#t.has(e)||this.#s.add(e)}clear(){this.#t.clear(),this.#e.clear(),this.#s.clear(),this.#n=null,this.#i=null}get#r(){var e;const t=this.list();return((e=t[t.length-1])==null?void 0:e.seq)??0}}const dt=50,ut=1500;class Be extends Fe{constructor(t,e,s){super(),this.api=t,this.take=e,this.changed=s}api;take;changed;more=!1;loaded=!1;loadingOlder=!1;olderFailed=!1;#t;clear(){super.clear(),this.loaded=this.more=!1}stop(){clearTimeout(this.#t),this.#t=void 0}async newest(){const t=await this.api.history(dt);for(const e of t.messages)this.add(e);return this.watchGap(),this.more=t.more,this.loaded=!0,t.messages}async older(){const t=this.floor;if(!(this.loadingOlder||t===null)){this.loadingOlder=!0,this.olderFailed=!1,this.changed();try{const e=await this.api.history(dt,t);for(const s of e.messages)this.add(s);this.more=e.more}catch{this.olderFailed=!0}this.loadingOlder=!1,this.changed()}}watchGap(t=ut){this.gap()===null||this.#t!==void 0||(this.#t=setTimeout(()=>{this.#e()},t))}async#e(){var e;let t=ut;try{const s=this.gap();let n=s===null?0:s.to+1;for(;s!==null&&n>s.from;){const r=await this.api.history(dt,n);for(const l of r.messages)l.seq>=s.from&&this.take(l);const o=(e=r.messages[0])==null?void 0:e.seq;if(o===void 0||!r.more||o>=n)break;n=o}s!==null&&this.giveUp(s)}catch{t=10*ut}this.#t=void 0,this.watchGap(t),this.changed()}}class Ge{constructor(t,e){this.api=t,this.changed=e}api;changed;#t=new Map;address(t){if(t===null)return null;if(!this.api.keeper.byPage)return this.api.base+t;const e=this.#t.get(t);return e!==void 0?e:(this.#t.set(t,null),this.#e(t),null)}clear(){for(const t of this.#t.values())t!==null&&URL.revokeObjectURL(t);this.#t.clear()}async#e(t){try{const e=URL.createObjectURL(await this.api.picture(t));if(!this.#t.has(t))return URL.revokeObjectURL(e);this.#t.set(t,e),this.changed()}catch{}}}const We=6e4;class Ve{constructor(t){this.changed=t}changed;typing=!1;owner="assistant";ownerName=null;onShift=null;front=null;#t=!1;#e=!1;#s;take(t){this.owner=t.owner,this.ownerName=t.ownerName,this.onShift=t.onShift??this.onShift,this.show(t.typing),t.crisis&&!this.#t&&this.bringForward("crisis"),!t.crisis&&(this.#t||this.#e)&&this.front==="crisis"&&(this.front=null),this.#e=!1,this.#t=t.crisis}show(t){clearTimeout(this.#s),this.typing=t,t&&(this.#s=setTimeout(()=>{this.typing=!1,this.changed()},We))}bringForward(t,e=!1){this.#e=e,this.front!=="crisis"&&(this.front=t)}forget(){this.typing=this.#t=!1,this.owner="assistant",this.front=this.ownerName=null}stop(){clearTimeout(this.#s)}}class Ke{constructor(t,e,s,n,r){this.outbox=e,this.history=new Be(t,n,s),this.presence=new Ve(s),this.pictures=new Ge(t,s),this.sending=new Me(t,e,r)}outbox;history;presence;pictures;sending;get messages(){return this.history.list()}get more(){return this.history.more}get loaded(){return this.history.loaded}get loadingOlder(){return this.history.loadingOlder}get olderFailed(){return this.history.olderFailed}get newest(){var o,l,a,c;const{messages:t,unsent:e}=this,s=[...t].reverse(),n=((o=s[0])==null?void 0:o.replyTo)??null,r=n===null?1:s.findIndex(p=>p.replyTo!==n);return{own:((l=e[e.length-1])==null?void 0:l.id)??((a=s.find(p=>p.from==="patient"))==null?void 0:a.id)??"",theirs:((c=s.find(p=>p.from!=="patient"))==null?void 0:c.id)??"",unsent:e.length>0,together:r<0?s.length:r}}get unsent(){return this.outbox.entries}get typing(){return this.presence.typing}get owner(){return this.presence.owner}get onShift(){return this.presence.onShift}get front(){return this.presence.front}get ownerName(){if(this.owner!=="staff")return h.assistant;const t=[...this.messages].reverse().find(e=>e.from==="staff");return this.presence.ownerName??(t==null?void 0:t.name)??h.staff}provisional(t){return this.sending.provisional(t)}picture(t){return this.pictures.address(t.image)}forget(){this.history.clear(),this.pictures.clear(),this.sending.forget(),this.presence.forget()}}class Ye{#t="";#e="";#s="";#n=[];push(t){this.#t+=t;const e=[];let s;for(;(s=this.#t.search(/\r\n|\n|\r/))>=0&&!(this.#t[s]==="\r"&&s===this.#t.length-1);){const n=this.#t.slice(0,s);this.#t=this.#t.slice(s+(this.#t.startsWith(`\r
`,s)?2:1)),this.#i(n,e)}return e}#i(t,e){if(t===""){this.#n.length>0&&e.push({id:this.#e,name:this.#s||"message",data:this.#n.join(`
`)}),this.#s="",this.#n=[];return}if(t.startsWith(":"))return;const s=t.indexOf(":"),n=s<0?t:t.slice(0,s),r=s<0?"":t.slice(s+1).replace(/^ /,"");n==="data"?this.#n.push(r):n==="event"?this.#s=r:n==="id"&&!r.includes("\0")&&(this.#e=r)}}const Je=4e4,qt=[500,1e3,2e3,4e3,8e3,15e3],Ze=1e4;class Qe{constructor(t,e=Date.now){this.handlers=t,this.now=e}handlers;now;#t=null;#e;#s;#n=0;#i=0;get running(){return this.#t!==null||this.#e!==void 0}start(){this.running||this.#r()}stop(){var t;clearTimeout(this.#e),clearInterval(this.#s),this.#e=void 0,(t=this.#t)==null||t.abort(),this.#t=null}wake(t=2e4){this.running&&(this.#e!==void 0||this.now()-this.#n>t)&&(this.stop(),this.#i=0,this.#r())}async#r(){this.#e=void 0;const t=new AbortController;this.#t=t,this.#n=this.now();const e=this.now();clearInterval(this.#s),this.#s=setInterval(()=>{this.now()-this.#n>Je&&t.abort()},5e3);let s=null,n=0;try{const o=await this.handlers.open(this.handlers.after(),t.signal);if(this.#t!==t)return;this.handlers.opened(),await this.#o(o,t)}catch(o){o instanceof w&&(s=o.status,n=(o.retryAfter??0)*1e3)}if(this.#t!==t)return;t.abort(),clearInterval(this.#s),this.#t=null,this.now()-e>Ze&&(this.#i=0);const r=qt[Math.min(this.#i,qt.length-1)]??0;this.#i+=1,this.#e=setTimeout(()=>{this.#r()},Math.max(n,r*(.5+Math.random()/2))),this.handlers.lost(s)||this.stop()}async#o(t,e){var o;const s=(o=t.body)==null?void 0:o.getReader();if(!s)return;const n=new TextDecoder,r=new Ye;for(;;){const{done:l,value:a}=await s.read();if(l||this.#t!==e)return;this.#n=this.now(),this.handlers.alive();for(const c of r.push(n.decode(a,{stream:!0})))this.handlers.event(c.name,c.data)}}}const G=5e3,Xe=6e4,ts=12*36e5;class es extends Ke{constructor(t,e,s,n,r,o=Date.now){const l=a=>this.#c(a);super(t,e,n,l,{started:()=>this.#s,bound:()=>this.#r!==null,stored:a=>this.history.has(a),take:l,replied:a=>{x(a.level)&&this.presence.bringForward(a.level),r(a)},renew:a=>this.#f(a),changed:n}),this.api=t,this.clinic=s,this.changed=n,this.arrived=r,this.now=o,this.#t=new He(t,{clinic:()=>this.clinic,begins:()=>this.connection!=="open"&&this.#a(this.connection==="idle"?"connecting":this.connection),opened:a=>this.#d(a),failed:a=>this.#u(a),again:()=>this.#l()}),this.#e=new Qe({after:()=>this.history.settled,open:(a,c)=>this.api.events(a,c),event:(a,c)=>this.#g(a,c),opened:()=>this.#p(),alive:()=>this.connection!=="open"&&this.#a("open"),lost:a=>this.#m(a)},o)}api;clinic;changed;arrived;now;connection="idle";verified=!1;#t;#e;#s=!1;#n=!1;#i=!1;#r=null;#o;get notice(){return this.#t.notice}get key(){return this.#r}start(){this.#s||(this.#s=!0,this.#l())}prove(t){this.#t.prove(t),this.#s&&this.#l()}stop(){this.#s=!1,this.#e.stop(),this.sending.stop(),this.history.stop(),this.presence.stop(),this.#t.stop(),clearTimeout(this.#o)}wake(t){this.#n=!1,this.#s&&(clearTimeout(this.#o),this.#t.waiting||!this.#e.running?this.#l():this.#e.wake(t),this.sending.flush())}rest(){clearTimeout(this.#o),this.#o=setTimeout(()=>this.#e.stop(),Xe)}offline(){this.#n=!0,this.#s&&(this.presence.show(!1),this.#a("offline"))}write(t,e){const s=this.now();this.outbox.put({id:je(),text:t,at:s,status:"waiting",...e!==void 0&&{choice:e}}),this.changed(),this.#t.waiting&&this.#l(),this.sending.flush()}again(t){const e=this.outbox.entries.find(r=>r.id===t);if(!e)return;const{problem:s,...n}=e;this.outbox.put({...n,status:"waiting"}),this.changed(),this.sending.flush()}remove(t){this.outbox.remove(t),this.sending.forget(t),this.changed()}calm(){this.presence.front=null,this.changed()}older(){return this.history.older()}#a(t){this.connection=t,this.changed()}#l(){this.#t.try().then(()=>(this.#e.start(),this.sending.flush())).catch(t=>{t instanceof w&&t.status>=500&&this.sending.flush(!0)})}async#d(t){this.clinic=t.clinic,this.verified=t.verified,this.presence.onShift=t.clinic.onShift,this.api.conversation=t.conversation;const e=t.conversation||`of ${t.name??""}`;if(e!==this.#r){const s=this.#i?this.front:null;this.#r!==null&&this.forget(),s!==null&&this.presence.bringForward(s,!0),this.#r=e,this.outbox.bind(e,this.#i?null:h.otherConversation)}this.#i=!1,this.loaded||await this.#h()}async#u(t){this.#a(this.#n?"offline":"waiting"),t instanceof w&&t.status===429&&this.#r===null&&await this.sending.knock()&&this.#t.soon()}async#h(){for(const t of await this.history.newest())this.outbox.remove(t.id),x(t.level)&&this.now()-t.at<ts&&this.presence.bringForward(t.level,!0);this.changed()}forget(){this.#e.stop(),super.forget()}#p(){this.#a("open"),this.sending.repeatKept(),this.sending.flush()}#m(t){return this.presence.show(!1),this.#a(this.#n?"offline":"waiting"),t!==401&&t!==409?!0:(this.#f(t).catch(()=>{}),!1)}async#f(t){this.#e.stop(),this.#i=t===401,await this.#t.try(),this.#e.start()}#g(t,e){let s;try{s=JSON.parse(e)}catch{return}if(t==="message"){const n=F(s);n&&this.#c(n)}else t==="state"&&this.presence.take(_e(s));this.changed()}#c(t){var n;if(this.outbox.remove(t.id),!this.history.add(t))return;let s=!1;t.from!=="patient"&&(this.presence.show(!1),s=this.sending.replace(t,(n=this.messages.find(r=>r.seq===t.replyTo))==null?void 0:n.id)),x(t.level)&&this.presence.bringForward(t.level),this.history.watchGap(),s||this.arrived(t)}}const jt="aftercare.draft.";class ss{text="";#t=null;keep(t){this.text=t;try{this.#t!==null&&sessionStorage.setItem(jt+this.#t,t)}catch{}}restore(t){if(t===null||t===this.#t)return!1;const e=this.#t!==null;this.#t=t;try{!e&&this.text===""&&(this.text=sessionStorage.getItem(jt+t)??"")}catch{return!1}return!0}}const U=i=>u`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${i}</svg>`,H={chat:U(L`<path d="M4 5h16v11H10l-5 4v-4H4z" />`),close:U(L`<path d="M6 6l12 12M18 6L6 18" />`),send:U(L`<path d="M4 12h14M12 6l6 6-6 6" />`),person:U(L`<circle cx="12" cy="8" r="4" /><path d="M4 21c1-5 4-7 8-7s7 2 8 7" />`),important:U(L`<path d="M12 3l10 18H2zM12 10v5M12 18v.1" />`),down:U(L`<path d="M12 5v14M6 13l6 6 6-6" />`)},is=300,X=()=>matchMedia("(pointer: coarse)").matches;class ns{constructor(t,e,s){this.root=t,this.write=e,this.changed=s}root;write;changed;#t=new ss;#e="";get field(){return this.root().querySelector("textarea")}restore(t){const{field:e}=this;this.#t.restore(t)&&(e==null?void 0:e.value)===""&&(e.value=this.#t.text)}#s=t=>{t.key!=="Enter"||t.shiftKey||t.isComposing||t.keyCode===229||X()||this.#i(t)};#n=()=>{const{field:t}=this;if(t===null)return;this.#t.keep(t.value);const e=[...t.value].length>G;this.#e=e?h.tooLong([...t.value].length,G):"",t.style.height="auto",t.style.height=`${t.scrollHeight+4}px`,this.changed()};#i=t=>{t.preventDefault();const{field:e}=this;if(e===null)return;const s=e.value.trim(),n=[...s].length;this.#e=n===0?h.empty:n>G?h.tooLong(n,G):"",this.#e===""&&(this.write(s),e.value="",this.#t.keep(""),e.style.height=""),e.focus(),this.changed()};view(){const t=G-[...this.#t.text].length,e=t<=is&&t>=0;return u`<form @submit=${this.#i}>
      <label for="text">${h.composerLabel}</label>
      <div class="line">
        <textarea
          id="text"
          rows="1"
          autocomplete="off"
          aria-invalid=${this.#e===""?"false":"true"}
          aria-describedby="problem room hint"
          .value=${this.#t.text}
          @input=${this.#n}
          @keydown=${this.#s}
        ></textarea>
        <button class="plain strong send" type="submit">${H.send}${h.send}</button>
      </div>
      <p class=${this.#e?"note bad":"unseen"} id="problem" role="alert">${this.#e}</p>
      <p class="note" id="room" ?hidden=${!e}>${e?h.room(t):f}</p>
      <span class="unseen" id="hint">${X()?f:h.enterHint}</span>
    </form>`}}const rs=/(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}/.source;function ft(i){return(i.trim().startsWith("+")?"+":"")+i.replace(/\D/g,"")}function os(i){return i.replace(/[.*+?^${}()|[\]\\]/g,"\\$&")}function as(i,t){const e=t.filter(o=>o.trim()!=="").map(os),s=new RegExp(`(?:${[...e,rs].join("|")})(?![\\w@]|[.-]\\w)`,"g"),n=[];let r=0;for(const o of i.matchAll(s)){if(/[\w.$#@/+-]$/.test(i.slice(0,o.index)))continue;o.index>r&&n.push({text:i.slice(r,o.index),href:null});const l=i.slice(0,o.index),a=/\btext\s+$/i.test(l)&&!/\bcall\s+or\s+text\s+$/i.test(l)?"sms:":"tel:";n.push({text:o[0],href:a+ft(o[0])}),r=o.index+o[0].length}return r<i.length&&n.push({text:i.slice(r),href:null}),n}function ls(i,t,e,s){const n=hs(i,t,e);if(e===null){const r=n.filter(o=>o.href.startsWith("tel:"));return u`<section class="crisis bar" aria-label=${h.crisisRegion}>
      <h3>${h.crisisBar}</h3>
      <ul class=${r.length<3?"two":f}>
        ${r.map(o=>u`<li>
            <a href=${o.href}><span class="unseen">${o.verb} </span><b>${o.short}</b> <span>${o.about}</span></a>
          </li>`)}
      </ul>
    </section>`}return u`<section class="crisis front" aria-label=${h.crisisRegion}>
    <div class="head">
      <h3>${h.crisisTitle}</h3>
      <button class="less" type="button" @click=${s}>${h.crisisLess}</button>
    </div>
    <p>${h.crisisText(i.ambulance,i.crisisLine)}</p>
    <ul>
      ${n.map(r=>u`<li>
          <a class=${r.second?"second":f} href=${r.href}><b>${r.long}</b> <span>${r.about}</span></a>
        </li>`)}
    </ul>
  </section>`}function hs(i,t,e){const{call:s,text:n}=h,r=(m,v,b,V,tt)=>({href:v+ft(b),verb:m,short:b,long:`${m} ${b}`,about:V,second:tt}),o=[r(s,"tel:",i.crisisLine,h.line,!1)];i.crisisLine==="988"&&o.push(r(n,"sms:","988",h.lineText,!0));const l=r(s,"tel:",i.ambulance,h.ambulance,!1),a=e==="emergency"?[l,...o]:[...o,l],c=t===!1&&i.afterHoursPhone!==""&&i.afterHoursPhone!==i.phone,p=c?i.afterHoursPhone:i.phone;if(p==="")return a;const d=c?h.clinicAfterHours:h.clinic,g=c?h.callAfterHours:h.callClinic;return[...a,{href:`tel:${ft(p)}`,verb:s,short:d,long:g,about:p,second:!0}]}const cs={CHILD:2},ds=i=>(...t)=>({_$litDirective$:i,values:t});let us=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,s){this._$Ct=t,this._$AM=e,this._$Ci=s}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};const{I:fs}=ve,Ft=i=>i,Bt=()=>document.createComment(""),W=(i,t,e)=>{var r;const s=i._$AA.parentNode,n=t===void 0?i._$AB:t._$AA;if(e===void 0){const o=s.insertBefore(Bt(),n),l=s.insertBefore(Bt(),n);e=new fs(o,l,i,i.options)}else{const o=e._$AB.nextSibling,l=e._$AM,a=l!==i;if(a){let c;(r=e._$AQ)==null||r.call(e,i),e._$AM=i,e._$AP!==void 0&&(c=i._$AU)!==l._$AU&&e._$AP(c)}if(o!==n||a){let c=e._$AA;for(;c!==o;){const p=Ft(c).nextSibling;Ft(s).insertBefore(c,n),c=p}}}return e},C=(i,t,e=i)=>(i._$AI(t,e),i),ps={},ms=(i,t=ps)=>i._$AH=t,gs=i=>i._$AH,pt=i=>{i._$AR(),i._$AA.remove()};const Gt=(i,t,e)=>{const s=new Map;for(let n=t;n<=e;n++)s.set(i[n],n);return s},vs=ds(class extends us{constructor(i){if(super(i),i.type!==cs.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,t,e){let s;e===void 0?e=t:t!==void 0&&(s=t);const n=[],r=[];let o=0;for(const l of i)n[o]=s?s(l,o):o,r[o]=e(l,o),o++;return{values:r,keys:n}}render(i,t,e){return this.dt(i,t,e).values}update(i,[t,e,s]){const n=gs(i),{values:r,keys:o}=this.dt(t,e,s);if(!Array.isArray(n))return this.ut=o,r;const l=this.ut??=[],a=[];let c,p,d=0,g=n.length-1,m=0,v=r.length-1;for(;d<=g&&m<=v;)if(n[d]===null)d++;else if(n[g]===null)g--;else if(l[d]===o[m])a[m]=C(n[d],r[m]),d++,m++;else if(l[g]===o[v])a[v]=C(n[g],r[v]),g--,v--;else if(l[d]===o[v])a[v]=C(n[d],r[v]),W(i,a[v+1],n[d]),d++,v--;else if(l[g]===o[m])a[m]=C(n[g],r[m]),W(i,n[d],n[g]),g--,m++;else if(c===void 0&&(c=Gt(o,m,v),p=Gt(l,d,g)),c.has(l[d]))if(c.has(l[g])){const b=p.get(o[m]),V=b!==void 0?n[b]:null;if(V===null){const tt=W(i,n[d]);C(tt,r[m]),a[m]=tt}else a[m]=C(V,r[m]),W(i,n[d],V),n[b]=null;m++}else pt(n[g]),g--;else pt(n[d]),d++;for(;m<=v;){const b=W(i,a[v+1]);C(b,r[m]),a[m++]=b}for(;d<=g;){const b=n[d++];b!==null&&pt(b)}return this.ut=o,ms(i,a),S}});function bs(i,t){const e=ws(i);return u`<ol>
    ${vs($s(i),s=>s.key,s=>s.kind==="day"?u`<li class="day">${s.label}</li>`:s.kind==="unsent"?As(s.entry,s.first,i,t):ys(s.message,s.first,s.fate,i,s.message===e?t:null))}
  </ol>`}function $s(i){const t=[],{messages:e,unsent:s}=i,n=s.length>0?void 0:[...e].reverse().find(l=>l.from==="patient");let r="",o="";for(const l of e){const a=Ts(l.at);a!==r&&t.push({kind:"day",key:`day-${r=a}`,label:a});const c=`${r} ${l.from} ${l.name??""} ${l.channel} ${l.delivered}`,p=l===n?h.sent:null;t.push({kind:"message",key:l.id,message:l,first:c!==o,fate:p}),o=c}for(const l of s){const a=!o.includes("patient");t.push({kind:"unsent",key:l.id,entry:l,first:a});const c=i.provisional(l.id);o=c?"assistant":"patient",c&&t.push({kind:"message",key:`provisional-${l.id}`,message:c,first:!0,fate:null})}for(const l of e){const a=l.from==="patient"?i.provisional(l.id):null;a&&t.push({kind:"message",key:`provisional-${l.id}`,message:a,first:!0,fate:null})}return t}function ws(i){if(i.unsent.some(t=>t.status!=="refused"))return null;for(const t of[...i.messages].reverse()){if(t.from==="patient")return null;if(t.buttons.length>0)return t}return null}function ys(i,t,e,s,n){const r=i.from!=="patient"&&x(i.level);return u`<li class="item ${i.from} ${t?"first":""} ${r?"grave":""}">
    ${xs(i,t)}
    <div class="bubble">${r?u`<span class="mark">${H.important}${h.important}</span>`:f}${ks(i,s)}${_s(s.picture(i))}</div>
    ${e===null?f:u`<p class="fate">${e}</p>`}
    ${n===null?f:u`<ul class="choices row" aria-label=${h.choices}>
          ${i.buttons.map(o=>u`<li><button class="plain" type="button" @click=${()=>n.choose(o)}>${o.title}</button></li>`)}
        </ul>`}
  </li>`}function xs(i,t){const e=u`<time datetime=${new Date(i.at).toISOString()}>${Cs(i.at)}</time>`,s=i.channel==="sms"?u`<span>${i.delivered?h.bySms:h.smsFailed}</span>`:f;if(i.from==="patient")return u`<p class=${t?"who":"unseen"}><b>${h.you}</b> ${s} ${e}</p>`;if(i.from==="staff"){const n=i.name===null?f:u`<span class="badge">${h.staff}</span>`;return u`<p class=${t?"who":"unseen"}>${H.person}<b>${i.name??h.staff}</b> ${n} ${s} ${e}</p>`}return u`<p class=${t?"who":"unseen"}><b>${h.assistant}</b> <span>(${h.automated})</span> ${s} ${e}</p>`}function ks(i,t){if(i.from==="patient")return i.text;const{phone:e,afterHoursPhone:s,crisisLine:n,ambulance:r}=t.clinic;return as(i.text,[e,s,n,r]).map(o=>o.href===null?o.text:u`<a href=${o.href}>${o.text}</a>`)}function _s(i){return i===null?f:u`<img class="picture" src=${i} alt=${h.picture} width="340" height="202" />`}function As(i,t,e,s){return u`<li class="item patient unsent ${t?"first":""}">
    <p class=${t?"who":"unseen"}><b>${h.you}</b></p>
    <div class="bubble">${i.text}</div>
    ${i.status==="refused"?u`<p class="fate bad">${h.refused} ${i.problem}</p>
          <div class="row">
            <button class="plain" type="button" @click=${()=>s.again(i.id)}>${h.again}</button>
            <button class="plain" type="button" @click=${()=>s.remove(i.id)}>${h.remove}</button>
          </div>`:u`<p class="fate ${Wt(i,e)?"bad":""}">${Es(i,e)}</p>`}
  </li>`}const Ss=8e3;function Wt(i,t){return i.status==="kept"||t.connection!=="open"||i.problem!==void 0||Date.now()-i.at>Ss}function Es(i,t){return Wt(i,t)?`${i.status==="kept"?h.kept:i.problem??h.unsent} ${h.cannotWait}`:h.sending}const Vt="en-US";function Cs(i){return new Date(i).toLocaleTimeString(Vt,{hour:"numeric",minute:"2-digit"})}function Ts(i){const t=new Date(i),e=new Date;return t.toDateString()===e.toDateString()?h.today:(e.setDate(e.getDate()-1),t.toDateString()===e.toDateString()?h.yesterday:t.toLocaleDateString(Vt,{weekday:"long",day:"numeric",month:"long",year:"numeric"}))}const Kt="#aftercare-invite=";function mt(){return location.hash.startsWith(Kt)}function Ls(){return mt()?{kind:"invite",value:location.hash.slice(Kt.length),settled:()=>{mt()&&history.replaceState(history.state,"",location.pathname+location.search)}}:null}function Ps(i){return{kind:"identity",value:i,settled:()=>{}}}const Yt=80;class Os{constructor(t,e,s){this.host=t,this.root=e,this.changed=s}host;root;changed;behind=!1;#t=!0;#e=0;#s=0;#n=0;#i=null;#r=null;#o=new ResizeObserver(()=>this.settle());get log(){return this.root().querySelector(".log")}get#a(){const{log:t}=this;return t!==null&&getComputedStyle(t).overflowY==="visible"?t.parentElement:t}drawn(t){const e=this.#i;this.#i=t;const s=t.own!==(e==null?void 0:e.own);!s&&t.theirs===(e==null?void 0:e.theirs)?this.settle():e===null||s&&t.unsent||this.#t?this.toEnd(t.unsent?1:t.together):this.#l(!0)}toEnd(t=1){const e=this.#a;if(e===null)return;e.scrollTop=e.scrollHeight;const s=this.root().querySelectorAll(".item"),[n,r]=[s[s.length-t],s[s.length-1]],o=e===this.log&&n&&r?r.offsetTop+r.offsetHeight-n.offsetTop:0;this.#e=o>e.clientHeight?o-e.clientHeight+24:0,e.scrollTop-=this.#e,this.#n=e.scrollTop,this.#s=t,this.#t=!0,this.#l(t>1&&this.#e>0)}settle(){this.#t&&this.toEnd(this.#s)}#l(t){t!==this.behind&&(this.behind=t,this.changed())}scrolled=()=>{const t=this.#a;if(t===null)return;Math.abs(t.scrollTop-this.#n)>2&&(this.#s=this.#e=0);const e=t.scrollHeight-t.scrollTop-t.clientHeight;this.#t=e<Yt+this.#e,e<Yt&&this.#l(!1)};async keep(t){const e=this.#a,s=e===null?0:e.scrollHeight-e.scrollTop;await t(),e!==null&&(e.scrollTop=e.scrollHeight-s)}watch(){const{log:t}=this;t===null||t===this.#r||(this.#r=t,this.#o.disconnect(),this.#o.observe(t),this.#o.observe(this.host))}stop(){this.#o.disconnect(),this.#r=null}}const Jt=k`
  :host {
    all: initial;
    --accent: var(--aftercare-accent, #0b5a63);
    --on-accent: var(--aftercare-on-accent, #ffffff);
    --surface: var(--aftercare-surface, #ffffff);
    --ground: var(--aftercare-ground, #f3f6f7);
    --ink: var(--aftercare-ink, #15222a);
    --ink-soft: var(--aftercare-ink-soft, #47565e);
    --line: var(--aftercare-line, #c4d0d5);
    --control: #66767f;
    --staff: #fdf3da;
    --staff-line: #8a6100;
    --alarm: #a3161a;
    --on-alarm: #ffffff;
    --alarm-ground: #fdeeed;
    --alarm-ink: #6f0f12;
    --focus: #0a3fb8;
    --radius: var(--aftercare-radius, 0.9em);
    color-scheme: light;
  }
  /* Not on the host: what a page says of its elements, by name or by "*", is stronger there. */
  .root {
    all: initial;
    color: var(--ink);
    color-scheme: inherit;
    font-family: var(--aftercare-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    font-size: var(--aftercare-font-size, medium);
    line-height: 1.5;
    text-align: start;
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --accent: var(--aftercare-dark-accent, #86d6df);
      --on-accent: var(--aftercare-dark-on-accent, #04262b);
      --surface: var(--aftercare-dark-surface, #172026);
      --ground: var(--aftercare-dark-ground, #0e1418);
      --ink: var(--aftercare-dark-ink, #eef3f5);
      --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
      --line: var(--aftercare-dark-line, #3a4850);
      --control: #8b9aa2;
      --staff: #2f2814;
      --staff-line: #e8bf5c;
      --alarm: #ffb3ad;
      --on-alarm: #3d0002;
      --alarm-ground: #381214;
      --alarm-ink: #ffdad7;
      --focus: #a9c7ff;
      color-scheme: dark;
    }
  }
  :host([theme="dark"]) {
    --accent: var(--aftercare-dark-accent, #86d6df);
    --on-accent: var(--aftercare-dark-on-accent, #04262b);
    --surface: var(--aftercare-dark-surface, #172026);
    --ground: var(--aftercare-dark-ground, #0e1418);
    --ink: var(--aftercare-dark-ink, #eef3f5);
    --ink-soft: var(--aftercare-dark-ink-soft, #b4c2c9);
    --line: var(--aftercare-dark-line, #3a4850);
    --control: #8b9aa2;
    --staff: #2f2814;
    --staff-line: #e8bf5c;
    --alarm: #ffb3ad;
    --on-alarm: #3d0002;
    --alarm-ground: #381214;
    --alarm-ink: #ffdad7;
    --focus: #a9c7ff;
    color-scheme: dark;
  }
  * {
    box-sizing: border-box;
    margin: 0;
    padding: 0;
    font: inherit;
    color: inherit;
  }
  [hidden] {
    display: none !important;
  }
  b,
  h2,
  h3 {
    font-weight: 650;
  }
  button,
  a {
    -webkit-tap-highlight-color: transparent;
    touch-action: manipulation;
  }
  button {
    cursor: pointer;
    background: none;
    border: 0;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  svg {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .plain {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4em;
    min-height: 2.75em;
    padding: 0.35em 1em;
    border: 1px solid var(--control);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--ink);
  }
  .plain:hover {
    border-color: var(--accent);
  }
  .strong {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 650;
  }
`;class Ns extends Event{constructor(t){super("aftercare-arrived"),this.message=t}message}class Ms extends N{static styles=[Jt,Oe];static properties={server:{type:String},open:{type:Boolean,reflect:!0},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},identity:{type:String},closable:{type:Boolean}};#t=null;#e="";#s=!0;#n=new ns(()=>this.renderRoot,t=>this.conversation.write(t),()=>this.requestUpdate());#i=new Os(this,()=>this.renderRoot,()=>this.requestUpdate());#r=null;#o;constructor(){super(),this.server="",this.open=!1,this.phone="",this.crisisLine="988",this.ambulance="911",this.identity="",this.closable=!1}get conversation(){return this.#t??=new es(this.#a(),new Ie(B("localStorage"),B("sessionStorage")),this.#l(),()=>this.requestUpdate(),t=>this.#p(t))}#a(){const t=this.server.replace(/\/+$/,"");return new Se(t,void 0,new Ut(t,we(t),B("localStorage")))}connectedCallback(){super.connectedCallback(),window.addEventListener("online",this.#d),window.addEventListener("offline",this.#u),window.addEventListener("pageshow",this.#h),document.addEventListener("visibilitychange",this.#h),navigator.onLine||this.conversation.offline();const t=Ls();t!==null&&(this.conversation.prove(t),this.open=!0),this.#o=setInterval(()=>{var e;return((e=this.#t)==null?void 0:e.unsent.length)&&this.requestUpdate()},4e3)}disconnectedCallback(){var t;super.disconnectedCallback(),window.removeEventListener("online",this.#d),window.removeEventListener("offline",this.#u),window.removeEventListener("pageshow",this.#h),document.removeEventListener("visibilitychange",this.#h),clearInterval(this.#o),this.#i.stop(),(t=this.#t)==null||t.stop(),this.#t=null}enter(){var e;(e=(X()?null:this.#n.field)??this.renderRoot.querySelector("h2"))==null||e.focus(),this.#i.toEnd()}#l(){const{phone:t,crisisLine:e,ambulance:s}=this;return{name:"",phone:t,afterHoursPhone:"",crisisLine:e,ambulance:s,onShift:null}}#d=()=>this.conversation.wake(0);#u=()=>this.conversation.offline();#h=()=>{if(document.hidden)return this.conversation.rest();this.conversation.wake(),navigator.onLine||this.conversation.offline()};#p(t){if(t.from!=="patient"&&this.dispatchEvent(new Ns(t)),x(t.level)){const{ambulance:e,crisisLine:s}=this.conversation.clinic;this.#e=h.crisisAlert(e,s)}}willUpdate(t){var e,s;t.has("identity")&&this.identity&&this.conversation.prove(Ps(this.identity)),t.has("open")&&this.open&&this.conversation.start(),this.#r=((e=this.shadowRoot)==null?void 0:e.activeElement)??null,this.#n.restore(((s=this.#t)==null?void 0:s.key)??null)}updated(){var r;this.#r!==null&&!this.#r.isConnected&&((r=X()?this.#i.log:this.#n.field)==null||r.focus());const{messages:t,newest:e,loaded:s,loadingOlder:n}=this.conversation;this.#i.drawn(e),this.#i.watch(),s&&this.#s&&!n&&setTimeout(()=>this.#m(),t.length>2?500:0)}#m(){!this.#s||this.conversation.loadingOlder||(this.#s=!1,this.requestUpdate())}#f=t=>{t.key==="Escape"&&this.closable&&!t.isComposing&&(t.preventDefault(),t.stopPropagation(),this.#c())};#g(t){this.conversation.write(t.title,t.payload)}#c(){this.dispatchEvent(new Event("aftercare-close"))}render(){const{clinic:t,onShift:e,front:s}=this.conversation;return u`<section class="chat root" lang="en" aria-label=${h.panelLabel(t.name)} @keydown=${this.#f} @scroll=${this.#i.scrolled}>
      ${this.#b(t)}
      ${ls(t,e,s,()=>this.#v())}
      <div class="unseen" role="alert">${this.#e}</div>
      ${this.open?[this.#y(),this.#k()]:this.#w()}
    </section>`}#v(){this.#e="",this.conversation.calm()}#b(t){const{connection:e}=this.conversation;return u`<header>
      <div>
        <h2 tabindex="-1">${t.name||h.assistant}</h2>
        <p class="status ${e}" role="status">
          ${e==="idle"?h.assistant:u`<span class="dot" aria-hidden="true"></span><span>${this.#$()}</span>`}
        </p>
      </div>
      ${this.closable?u`<button class="icon" type="button" aria-label=${h.close} title=${h.close} @click=${this.#c}>${H.close}</button>`:f}
    </header>`}#$(){const{connection:t,owner:e,ownerName:s,onShift:n}=this.conversation;return t==="connecting"?h.connecting:t==="waiting"?h.waiting:t==="offline"?h.offline:e==="staff"?h.connectedStaff(s):n===null?h.connected:n?h.connectedOnShift:h.connectedOffShift}#w(){return u`<div class="welcome">
      <p>${h.startText}</p>
      <button class="plain strong" type="button" @click=${()=>this.open=!0}>${h.start}</button>
    </div>`}#y(){const t=this.conversation,e=this.#s?"off":"polite";return u`<div class="log" role="log" aria-live=${e} aria-label=${h.log} tabindex="0" @scroll=${this.#i.scrolled}>
      ${t.more?u`<div class="older">
            <button class="plain" type="button" aria-disabled=${t.loadingOlder} @click=${this.#x}>
              ${t.loadingOlder?h.olderLoading:h.older}
            </button>
            ${t.olderFailed?u`<p class="note bad" role="alert">${h.olderFailed}</p>`:f}
          </div>`:f}
      ${t.loaded||t.unsent.length>0?f:u`<p class="day">${h.loading}</p>`}
      ${bs(t,{choose:s=>this.#g(s),again:s=>t.again(s),remove:s=>t.remove(s)})}
    </div>`}#x=()=>(this.#s=!0,this.#i.keep(async()=>{await this.conversation.older(),await this.updateComplete}));#k(){const{typing:t,ownerName:e,notice:s}=this.conversation;return u`<div class="below">
      <p class=${s?"note bad":"unseen"} id="notice" role="status">${s}</p>
      ${this.#i.behind?u`<button class="plain strong newest" type="button" @click=${this.#_}>${H.down}${h.newest}</button>`:f}
      <p class="typing" role="status" ?hidden=${!t}>
        ${t?u`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${h.typing(e)}`:f}
      </p>
      ${this.#n.view()}
    </div>`}#_=()=>{this.#i.toEnd(),this.requestUpdate()}}const Us=k`
  :host {
    position: fixed;
    inset: auto 0 0 auto;
    z-index: var(--aftercare-layer, 2147483000);
  }
  .launcher {
    box-sizing: border-box;
    cursor: pointer;
    position: fixed;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    display: inline-flex;
    align-items: center;
    gap: 0.55em;
    max-width: calc(100vw - 2em);
    min-height: 3.4em;
    padding: 0.5em 1.2em;
    border: 2px solid var(--surface);
    border-radius: 2em;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 1.0625em;
    font-weight: 650;
    box-shadow: 0 3px 14px rgb(0 0 0 / 0.35);
  }
  .launcher.grave {
    background: var(--alarm);
    color: var(--on-alarm);
  }
  .count {
    padding: 0 0.55em;
    border-radius: 1em;
    background: var(--surface);
    color: var(--ink);
    font-size: 0.875em;
  }
  .panel:not([open]) {
    display: none;
  }
  .panel[open] {
    display: block;
  }
  .panel {
    position: fixed;
    box-sizing: border-box;
    inset: auto max(1em, env(safe-area-inset-right)) max(1em, env(safe-area-inset-bottom)) auto;
    width: min(26em, calc(100vw - 2em));
    height: min(50em, calc(100vh - 2em));
    height: min(50em, calc(100dvh - 2em));
    max-width: none;
    max-height: none;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    overflow: hidden;
    box-shadow: 0 10px 40px rgb(0 0 0 / 0.35);
  }
  .panel::backdrop {
    background: rgb(0 0 0 / 0.5);
  }
  aftercare-chat {
    --aftercare-height: 100%;
  }
  @media (max-width: 37em), (max-height: 30em) {
    .panel {
      inset: var(--seen-top, 0) 0 auto 0;
      width: 100vw;
      height: var(--seen-height, 100dvh);
      border-radius: 0;
    }
    aftercare-chat {
      border: 0;
      border-radius: 0;
    }
  }
`,Zt="aftercare.started",Hs="(max-width: 37em), (max-height: 30em)";class Qt extends N{static styles=[Jt,Us];static properties={server:{type:String},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},identity:{type:String},shown:{state:!0},started:{state:!0},unread:{state:!0},grave:{state:!0}};#t=null;constructor(){var t;super(),this.server="",this.phone="",this.crisisLine="988",this.ambulance="911",this.identity="",this.shown=!1,this.started=((t=B("localStorage"))==null?void 0:t.getItem(Zt))==="1",this.unread=0,this.grave=!1}connectedCallback(){var t,e;super.connectedCallback(),document.addEventListener("click",this.#n),(t=window.visualViewport)==null||t.addEventListener("resize",this.#i),(e=window.visualViewport)==null||e.addEventListener("scroll",this.#i),mt()&&this.show(!0)}disconnectedCallback(){var t,e;super.disconnectedCallback(),document.removeEventListener("click",this.#n),(t=window.visualViewport)==null||t.removeEventListener("resize",this.#i),(e=window.visualViewport)==null||e.removeEventListener("scroll",this.#i)}async show(t=!1,e=null){var o,l;if((e!==null||!this.shown)&&(this.#t=e),this.shown){t||(o=this.#s())==null||o.enter();return}this.shown=!0,this.started=!0,this.unread=0,this.grave=!1;try{(l=B("localStorage"))==null||l.setItem(Zt,"1")}catch{}await this.updateComplete;const s=this.#e(),n=matchMedia(Hs).matches;n?s==null||s.showModal():s==null||s.setAttribute("open",""),this.#i();const r=this.#s();await(r==null?void 0:r.updateComplete),(n||!t)&&(r==null||r.enter())}async hide(){var n;if(!this.shown)return;const t=this.#e(),e=(t==null?void 0:t.matches(":focus-within"))===!0;if(t!=null&&t.open&&t.close(),this.shown=!1,await this.updateComplete,!e)return;const s=(n=this.#t)!=null&&n.isConnected?this.#t:this.renderRoot.querySelector(".launcher");s==null||s.focus()}#e(){return this.renderRoot.querySelector("dialog")}#s(){return this.renderRoot.querySelector("aftercare-chat")}#n=t=>{const e=t.target instanceof Element?t.target.closest("[data-aftercare-open]"):null;e!==null&&(t.preventDefault(),this.show(!1,e))};#i=()=>{const t=window.visualViewport,e=this.#e();!t||!e||t.scale>1.01||(e.style.setProperty("--seen-height",`${t.height}px`),e.style.setProperty("--seen-top",`${t.offsetTop}px`))};#r=t=>{const{message:e}=t;this.shown||(this.unread+=1,x(e.level)&&(this.grave=!0,this.show(!0)))};render(){const t=this.grave?h.launcherGrave:h.launcher;return u`<button
        class="root launcher ${this.grave?"grave":""}"
        type="button"
        lang="en"
        aria-haspopup="dialog"
        aria-expanded=${this.shown}
        ?hidden=${this.shown}
        @click=${()=>this.show()}
      >
        ${H.chat}<span>${t}</span>${this.unread>0?u`<span class="count">${h.launcherUnread(this.unread)}</span>`:null}
      </button>
      <div class="root unseen" role="status" lang="en">${this.unread>0&&!this.shown?h.launcherUnread(this.unread):null}</div>
      <dialog class="root panel" aria-label=${h.panelLabel("")} @cancel=${this.#o}>
        <aftercare-chat
          closable
          .server=${this.server}
          .phone=${this.phone}
          .crisisLine=${this.crisisLine}
          .ambulance=${this.ambulance}
          .identity=${this.identity}
          .theme=${this.theme}
          .open=${this.started}
          @aftercare-close=${()=>this.hide()}
          @aftercare-arrived=${this.#r}
        ></aftercare-chat>
      </dialog>`}#o=t=>{t.preventDefault(),this.hide()}}function Rs(i){if(customElements.get("aftercare-chat"))return;customElements.define("aftercare-chat",Ms),customElements.define("aftercare-launcher",Qt);const{server:t,phone:e,crisisLine:s,ambulance:n,identity:r,theme:o,open:l}=(i==null?void 0:i.dataset)??{};if(t===void 0)return;const a=new Qt;a.server=t,e!==void 0&&(a.phone=e),s!==void 0&&(a.crisisLine=s),n!==void 0&&(a.ambulance=n),r!==void 0&&(a.identity=r),o!==void 0&&(a.theme=o);const c=()=>{document.body.append(a),l!==void 0&&matchMedia("(min-width: 64em)").matches&&a.show(!0)};document.body?c():document.addEventListener("DOMContentLoaded",c,{once:!0})}Rs(document.currentScript??document.querySelector('script[data-server][src*="aftercare-widget"]'))})();
