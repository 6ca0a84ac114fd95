/*! Aftercare widget, Apache-2.0; with Lit, BSD-3-Clause. sources sha256:c066502f486865d017098298f82cfb07fc914fb14638fe0f8334b4e04101285e */
(function(){"use strict";var Yt;const G=globalThis,et=G.ShadowRoot&&(G.ShadyCSS===void 0||G.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,st=Symbol(),vt=new WeakMap;let bt=class{constructor(t,e,s){if(this._$cssResult$=!0,s!==st)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o;const e=this.t;if(et&&t===void 0){const s=e!==void 0&&e.length===1;s&&(t=vt.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),s&&vt.set(e,t))}return t}toString(){return this.cssText}};const Jt=i=>new bt(typeof i=="string"?i:i+"",void 0,st),it=(i,...t)=>{const e=i.length===1?i[0]:t.reduce((s,n,o)=>s+(r=>{if(r._$cssResult$===!0)return r.cssText;if(typeof r=="number")return r;throw Error("Value passed to 'css' function must be a 'css' function result: "+r+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(n)+i[o+1],i[0]);return new bt(e,i,st)},Zt=(i,t)=>{if(et)i.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(const e of t){const s=document.createElement("style"),n=G.litNonce;n!==void 0&&s.setAttribute("nonce",n),s.textContent=e.cssText,i.appendChild(s)}},$t=et?i=>i:i=>i instanceof CSSStyleSheet?(t=>{let e="";for(const s of t.cssRules)e+=s.cssText;return Jt(e)})(i):i;const{is:Qt,defineProperty:Xt,getOwnPropertyDescriptor:te,getOwnPropertyNames:ee,getOwnPropertySymbols:se,getPrototypeOf:ie}=Object,V=globalThis,yt=V.trustedTypes,ne=yt?yt.emptyScript:"",nt=V.reactiveElementPolyfillSupport,U=(i,t)=>i,rt={toAttribute(i,t){switch(t){case Boolean:i=i?ne:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,t){let e=i;switch(t){case Boolean:e=i!==null;break;case Number:e=i===null?null:Number(i);break;case Object:case Array:try{e=JSON.parse(i)}catch{e=null}}return e}},wt=(i,t)=>!Qt(i,t),xt={attribute:!0,type:String,converter:rt,reflect:!1,useDefault:!1,hasChanged:wt};Symbol.metadata??=Symbol("metadata"),V.litPropertyMetadata??=new WeakMap;let E=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=xt){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){const s=Symbol(),n=this.getPropertyDescriptor(t,s,e);n!==void 0&&Xt(this.prototype,t,n)}}static getPropertyDescriptor(t,e,s){const{get:n,set:o}=te(this.prototype,t)??{get(){return this[e]},set(r){this[e]=r}};return{get:n,set(r){const a=n==null?void 0:n.call(this);o==null||o.call(this,r),this.requestUpdate(t,a,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??xt}static _$Ei(){if(this.hasOwnProperty(U("elementProperties")))return;const t=ie(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(U("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(U("properties"))){const e=this.properties,s=[...ee(e),...se(e)];for(const n of s)this.createProperty(n,e[n])}const t=this[Symbol.metadata];if(t!==null){const e=litPropertyMetadata.get(t);if(e!==void 0)for(const[s,n]of e)this.elementProperties.set(s,n)}this._$Eh=new Map;for(const[e,s]of this.elementProperties){const n=this._$Eu(e,s);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){const e=[];if(Array.isArray(t)){const s=new Set(t.flat(1/0).reverse());for(const n of s)e.unshift($t(n))}else t!==void 0&&e.push($t(t));return e}static _$Eu(t,e){const s=e.attribute;return s===!1?void 0:typeof s=="string"?s:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){var t;this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),(t=this.constructor.l)==null||t.forEach(e=>e(this))}addController(t){var e;(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&((e=t.hostConnected)==null||e.call(t))}removeController(t){var e;(e=this._$EO)==null||e.delete(t)}_$E_(){const t=new Map,e=this.constructor.elementProperties;for(const s of e.keys())this.hasOwnProperty(s)&&(t.set(s,this[s]),delete this[s]);t.size>0&&(this._$Ep=t)}createRenderRoot(){const t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Zt(t,this.constructor.elementStyles),t}connectedCallback(){var t;this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),(t=this._$EO)==null||t.forEach(e=>{var s;return(s=e.hostConnected)==null?void 0:s.call(e)})}enableUpdating(t){}disconnectedCallback(){var t;(t=this._$EO)==null||t.forEach(e=>{var s;return(s=e.hostDisconnected)==null?void 0:s.call(e)})}attributeChangedCallback(t,e,s){this._$AK(t,s)}_$ET(t,e){var o;const s=this.constructor.elementProperties.get(t),n=this.constructor._$Eu(t,s);if(n!==void 0&&s.reflect===!0){const r=(((o=s.converter)==null?void 0:o.toAttribute)!==void 0?s.converter:rt).toAttribute(e,s.type);this._$Em=t,r==null?this.removeAttribute(n):this.setAttribute(n,r),this._$Em=null}}_$AK(t,e){var o,r;const s=this.constructor,n=s._$Eh.get(t);if(n!==void 0&&this._$Em!==n){const a=s.getPropertyOptions(n),l=typeof a.converter=="function"?{fromAttribute:a.converter}:((o=a.converter)==null?void 0:o.fromAttribute)!==void 0?a.converter:rt;this._$Em=n;const c=l.fromAttribute(e,a.type);this[n]=c??((r=this._$Ej)==null?void 0:r.get(n))??c,this._$Em=null}}requestUpdate(t,e,s,n=!1,o){var r;if(t!==void 0){const a=this.constructor;if(n===!1&&(o=this[t]),s??=a.getPropertyOptions(t),!((s.hasChanged??wt)(o,e)||s.useDefault&&s.reflect&&o===((r=this._$Ej)==null?void 0:r.get(t))&&!this.hasAttribute(a._$Eu(t,s))))return;this.C(t,e,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:s,reflect:n,wrapped:o},r){s&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,r??e??this[t]),o!==!0||r!==void 0)||(this._$AL.has(t)||(this.hasUpdated||s||(e=void 0),this._$AL.set(t,e)),n===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}const t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){var s;if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(const[o,r]of this._$Ep)this[o]=r;this._$Ep=void 0}const n=this.constructor.elementProperties;if(n.size>0)for(const[o,r]of n){const{wrapped:a}=r,l=this[o];a!==!0||this._$AL.has(o)||l===void 0||this.C(o,void 0,r,l)}}let t=!1;const e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),(s=this._$EO)==null||s.forEach(n=>{var o;return(o=n.hostUpdate)==null?void 0:o.call(n)}),this.update(e)):this._$EM()}catch(n){throw t=!1,this._$EM(),n}t&&this._$AE(e)}willUpdate(t){}_$AE(t){var e;(e=this._$EO)==null||e.forEach(s=>{var n;return(n=s.hostUpdated)==null?void 0:n.call(s)}),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};E.elementStyles=[],E.shadowRootOptions={mode:"open"},E[U("elementProperties")]=new Map,E[U("finalized")]=new Map,nt==null||nt({ReactiveElement:E}),(V.reactiveElementVersions??=[]).push("2.1.2");const ot=globalThis,_t=i=>i,K=ot.trustedTypes,kt=K?K.createPolicy("lit-html",{createHTML:i=>i}):void 0,At="$lit$",y=`lit$${Math.random().toFixed(9).slice(2)}$`,St="?"+y,re=`<${St}>`,x=document,R=()=>x.createComment(""),I=i=>i===null||typeof i!="object"&&typeof i!="function",at=Array.isArray,oe=i=>at(i)||typeof(i==null?void 0:i[Symbol.iterator])=="function",lt=`[ 	
\f\r]`,D=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,Et=/-->/g,Ct=/>/g,_=RegExp(`>|${lt}(?:([^\\s"'>=/]+)(${lt}*=${lt}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Tt=/'/g,Lt=/"/g,Ot=/^(?:script|style|textarea|title)$/i,Pt=i=>(t,...e)=>({_$litType$:i,strings:t,values:e}),u=Pt(1),C=Pt(2),k=Symbol.for("lit-noChange"),f=Symbol.for("lit-nothing"),Mt=new WeakMap,A=x.createTreeWalker(x,129);function Nt(i,t){if(!at(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return kt!==void 0?kt.createHTML(t):t}const ae=(i,t)=>{const e=i.length-1,s=[];let n,o=t===2?"<svg>":t===3?"<math>":"",r=D;for(let a=0;a<e;a++){const l=i[a];let c,m,d=-1,g=0;for(;g<l.length&&(r.lastIndex=g,m=r.exec(l),m!==null);)g=r.lastIndex,r===D?m[1]==="!--"?r=Et:m[1]!==void 0?r=Ct:m[2]!==void 0?(Ot.test(m[2])&&(n=RegExp("</"+m[2],"g")),r=_):m[3]!==void 0&&(r=_):r===_?m[0]===">"?(r=n??D,d=-1):m[1]===void 0?d=-2:(d=r.lastIndex-m[2].length,c=m[1],r=m[3]===void 0?_:m[3]==='"'?Lt:Tt):r===Lt||r===Tt?r=_:r===Et||r===Ct?r=D:(r=_,n=void 0);const p=r===_&&i[a+1].startsWith("/>")?" ":"";o+=r===D?l+re:d>=0?(s.push(c),l.slice(0,d)+At+l.slice(d)+y+p):l+y+(d===-2?a:p)}return[Nt(i,o+(i[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]};class z{constructor({strings:t,_$litType$:e},s){let n;this.parts=[];let o=0,r=0;const a=t.length-1,l=this.parts,[c,m]=ae(t,e);if(this.el=z.createElement(c,s),A.currentNode=this.el.content,e===2||e===3){const d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(n=A.nextNode())!==null&&l.length<a;){if(n.nodeType===1){if(n.hasAttributes())for(const d of n.getAttributeNames())if(d.endsWith(At)){const g=m[r++],p=n.getAttribute(d).split(y),v=/([.?@])?(.*)/.exec(g);l.push({type:1,index:o,name:v[2],strings:p,ctor:v[1]==="."?he:v[1]==="?"?ce:v[1]==="@"?de:Y}),n.removeAttribute(d)}else d.startsWith(y)&&(l.push({type:6,index:o}),n.removeAttribute(d));if(Ot.test(n.tagName)){const d=n.textContent.split(y),g=d.length-1;if(g>0){n.textContent=K?K.emptyScript:"";for(let p=0;p<g;p++)n.append(d[p],R()),A.nextNode(),l.push({type:2,index:++o});n.append(d[g],R())}}}else if(n.nodeType===8)if(n.data===St)l.push({type:2,index:o});else{let d=-1;for(;(d=n.data.indexOf(y,d+1))!==-1;)l.push({type:7,index:o}),d+=y.length-1}o++}}static createElement(t,e){const s=x.createElement("template");return s.innerHTML=t,s}}function T(i,t,e=i,s){var r,a;if(t===k)return t;let n=s!==void 0?(r=e._$Co)==null?void 0:r[s]:e._$Cl;const o=I(t)?void 0:t._$litDirective$;return(n==null?void 0:n.constructor)!==o&&((a=n==null?void 0:n._$AO)==null||a.call(n,!1),o===void 0?n=void 0:(n=new o(i),n._$AT(i,e,s)),s!==void 0?(e._$Co??=[])[s]=n:e._$Cl=n),n!==void 0&&(t=T(i,n._$AS(i,t.values),n,s)),t}class le{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){const{el:{content:e},parts:s}=this._$AD,n=((t==null?void 0:t.creationScope)??x).importNode(e,!0);A.currentNode=n;let o=A.nextNode(),r=0,a=0,l=s[0];for(;l!==void 0;){if(r===l.index){let c;l.type===2?c=new L(o,o.nextSibling,this,t):l.type===1?c=new l.ctor(o,l.name,l.strings,this,t):l.type===6&&(c=new ue(o,this,t)),this._$AV.push(c),l=s[++a]}r!==(l==null?void 0:l.index)&&(o=A.nextNode(),r++)}return A.currentNode=x,n}p(t){let e=0;for(const s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(t,s,e),e+=s.strings.length-2):s._$AI(t[e])),e++}}class L{get _$AU(){var t;return((t=this._$AM)==null?void 0:t._$AU)??this._$Cv}constructor(t,e,s,n){this.type=2,this._$AH=f,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=n,this._$Cv=(n==null?void 0:n.isConnected)??!0}get parentNode(){let t=this._$AA.parentNode;const e=this._$AM;return e!==void 0&&(t==null?void 0:t.nodeType)===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=T(this,t,e),I(t)?t===f||t==null||t===""?(this._$AH!==f&&this._$AR(),this._$AH=f):t!==this._$AH&&t!==k&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):oe(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==f&&I(this._$AH)?this._$AA.nextSibling.data=t:this.T(x.createTextNode(t)),this._$AH=t}$(t){var o;const{values:e,_$litType$:s}=t,n=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=z.createElement(Nt(s.h,s.h[0]),this.options)),s);if(((o=this._$AH)==null?void 0:o._$AD)===n)this._$AH.p(e);else{const r=new le(n,this),a=r.u(this.options);r.p(e),this.T(a),this._$AH=r}}_$AC(t){let e=Mt.get(t.strings);return e===void 0&&Mt.set(t.strings,e=new z(t)),e}k(t){at(this._$AH)||(this._$AH=[],this._$AR());const e=this._$AH;let s,n=0;for(const o of t)n===e.length?e.push(s=new L(this.O(R()),this.O(R()),this,this.options)):s=e[n],s._$AI(o),n++;n<e.length&&(this._$AR(s&&s._$AB.nextSibling,n),e.length=n)}_$AR(t=this._$AA.nextSibling,e){var s;for((s=this._$AP)==null?void 0:s.call(this,!1,!0,e);t!==this._$AB;){const n=_t(t).nextSibling;_t(t).remove(),t=n}}setConnected(t){var e;this._$AM===void 0&&(this._$Cv=t,(e=this._$AP)==null||e.call(this,t))}}class Y{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,s,n,o){this.type=1,this._$AH=f,this._$AN=void 0,this.element=t,this.name=e,this._$AM=n,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=f}_$AI(t,e=this,s,n){const o=this.strings;let r=!1;if(o===void 0)t=T(this,t,e,0),r=!I(t)||t!==this._$AH&&t!==k,r&&(this._$AH=t);else{const a=t;let l,c;for(t=o[0],l=0;l<o.length-1;l++)c=T(this,a[s+l],e,l),c===k&&(c=this._$AH[l]),r||=!I(c)||c!==this._$AH[l],c===f?t=f:t!==f&&(t+=(c??"")+o[l+1]),this._$AH[l]=c}r&&!n&&this.j(t)}j(t){t===f?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}}class he extends Y{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===f?void 0:t}}class ce extends Y{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==f)}}class de extends Y{constructor(t,e,s,n,o){super(t,e,s,n,o),this.type=5}_$AI(t,e=this){if((t=T(this,t,e,0)??f)===k)return;const s=this._$AH,n=t===f&&s!==f||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,o=t!==f&&(s===f||n);n&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){var e;typeof this._$AH=="function"?this._$AH.call(((e=this.options)==null?void 0:e.host)??this.element,t):this._$AH.handleEvent(t)}}class ue{constructor(t,e,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){T(this,t)}}const fe={I:L},ht=ot.litHtmlPolyfillSupport;ht==null||ht(z,L),(ot.litHtmlVersions??=[]).push("3.3.3");const pe=(i,t,e)=>{const s=(e==null?void 0:e.renderBefore)??t;let n=s._$litPart$;if(n===void 0){const o=(e==null?void 0:e.renderBefore)??null;s._$litPart$=n=new L(t.insertBefore(R(),o),o,void 0,e??{})}return n._$AI(i),n};const q=globalThis;let O=class extends E{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){const t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){const e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=pe(e,this.renderRoot,this.renderOptions)}connectedCallback(){var t;super.connectedCallback(),(t=this._$Do)==null||t.setConnected(!0)}disconnectedCallback(){var t;super.disconnectedCallback(),(t=this._$Do)==null||t.setConnected(!1)}render(){return k}};O._$litElement$=!0,O.finalized=!0,(Yt=q.litElementHydrateSupport)==null||Yt.call(q,{LitElement:O});const ct=q.litElementPolyfillSupport;ct==null||ct({LitElement:O}),(q.litElementVersions??=[]).push("4.2.2");const me=["none","urgent","unassessed","emergency","crisis"];function P(i){return typeof i=="object"&&i!==null?i:{}}function $(i,t=""){return typeof i=="string"?i:t}function J(i){return typeof i=="string"&&i.trim()!==""?i:null}function j(i){const t=P(i);if(typeof t.text!="string")return null;const e=Number.isSafeInteger(t.seq)?t.seq:0,s=Date.parse($(t.at)),n=$(t.from),o=$(t.level,"none"),r=Array.isArray(t.buttons)?t.buttons.map(P):[];return{seq:e,id:$(t.id)||`seq-${e}`,from:n==="patient"||n==="staff"?n:"assistant",name:J(t.name),text:t.text,at:Number.isNaN(s)?Date.now():s,level:me.includes(o)?o:"unassessed",buttons:r.filter(a=>J(a.title)!==null).map(a=>({title:$(a.title),payload:$(a.payload)})),replyTo:Number.isSafeInteger(t.reply_to)?t.reply_to:null,channel:t.channel==="sms"?"sms":"web",image:ge(P(t.image).src)}}function ge(i){return typeof i=="string"&&/^\/chat\/[\w.?=&-]+$/.test(i)?i:null}function ve(i){return(Array.isArray(i)?i:[]).map(j).filter(e=>e!==null&&e.seq>0)}function be(i,t){const e=P(i),s=P(e.clinic);return{clinic:{name:$(s.name)||t.name,phone:$(s.phone)||t.phone,afterHoursPhone:$(s.after_hours_phone)||t.afterHoursPhone,crisisLine:$(s.crisis_line)||t.crisisLine,ambulance:$(s.ambulance)||t.ambulance,onShift:typeof s.on_shift=="boolean"?s.on_shift:null},verified:e.verified===!0,name:J(e.name),lastSeq:Number.isSafeInteger(e.last_seq)?e.last_seq:0,conversation:$(e.conversation)}}function $e(i){const t=P(i);return{typing:t.typing===!0,owner:t.owner==="staff"?"staff":"assistant",ownerName:J(t.owner_name),onShift:typeof t.on_shift=="boolean"?t.on_shift:null,crisis:t.crisis===!0}}function M(i){return i==="crisis"||i==="emergency"}class w extends Error{constructor(t,e,s,n,o,r){super(s),this.status=t,this.code=e,this.phone=n,this.retryAfter=o,this.reply=r}status;code;phone;retryAfter;reply}class Ht extends Error{}const ye=2e4;class we{constructor(t,e=(s,n)=>fetch(s,n)){this.base=t,this.fetcher=e}base;fetcher;conversation="";async session(t,e=null){const s=e===null?{}:{[e.kind]:e.value};return be(await this.#e("POST","/chat/session",s),t)}async history(t,e){const s=e===void 0?`limit=${t}`:`before=${e}&limit=${t}`,n=await this.#e("GET",this.#t(`/chat/messages?${s}`));return{messages:ve(n.messages),more:n.more===!0}}async send(t){const e=this.conversation?{...t,conversation:this.conversation}:t,s=await this.#e("POST","/chat/messages",e);return{message:j(s.message),reply:j(s.reply),kept:s.kept===!0}}async events(t,e){const s=await this.#i(this.#t("/chat/events"),{headers:{Accept:"text/event-stream","Last-Event-ID":String(t)},cache:"no-store",signal:e});if(!s.ok)throw await Ut(s);return s}#t(t){return this.conversation?`${t}${t.includes("?")?"&":"?"}conversation=${encodeURIComponent(this.conversation)}`:t}async#e(t,e,s){const n=new AbortController,o=setTimeout(()=>n.abort(),ye);try{const r=await this.#i(e,{method:t,signal:n.signal,cache:"no-store",...t==="POST"&&{body:JSON.stringify(s),headers:{"Content-Type":"application/json"}}});if(!r.ok)throw await Ut(r);const a=await r.json();return typeof a=="object"&&a!==null?a:{}}catch(r){throw r instanceof w?r:new Ht(String(r))}finally{clearTimeout(o)}}async#i(t,e){try{return await this.fetcher(this.base+t,{credentials:"include",...e})}catch(s){throw new Ht(String(s))}}}async function Ut(i){const t=await i.json().catch(()=>({})),e=(t==null?void 0:t.error)??{},s=Number(i.headers.get("Retry-After"));return new w(i.status,typeof e.code=="string"?e.code:"",typeof e.message=="string"?e.message:"",typeof e.phone=="string"?e.phone:null,s>0?s:null,j(t==null?void 0:t.reply))}const xe=it`
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

  .below {
    position: relative;
    flex: none;
  }
  .newest {
    position: absolute;
    inset: auto 0 calc(100% + 0.5em);
    margin-inline: auto;
    width: max-content;
    font-size: 0.9375em;
    box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
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
  .welcome {
    flex: 1;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 1em;
    padding: 1em;
    text-align: center;
  }

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
    .newest {
      position: sticky;
      bottom: 0.5em;
    }
  }
  @container (max-height: 38em) {
    .front p {
      display: none;
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
`,dt="aftercare.out.",_e=168*36e5;class ke{constructor(t,e,s=Date.now){this.lasting=t,this.tab=e,this.now=s,this.#o(this.tab,`${dt}unbound.`)}lasting;tab;now;#t=[];#e=null;get entries(){return this.#t}get next(){return this.#t.find(t=>t.status==="waiting"||t.status==="sending")??null}bind(t,e){if(this.#e===t)return;const s=this.#e===null?null:e,n=this.#t;for(const o of n)this.#i(o.id);this.#e=t,this.#t=[],this.#o(this.lasting,this.#n());for(const o of n)this.put(s===null?o:{...o,status:"refused",problem:s})}put(t){const e=this.#t.findIndex(s=>s.id===t.id);this.#t=e<0?[...this.#t,t]:this.#t.map(s=>s.id===t.id?t:s),Se(this.#s(),this.#n()+t.id,JSON.stringify(t))}remove(t){this.#t.some(e=>e.id===t)&&(this.#t=this.#t.filter(e=>e.id!==t),this.#i(t))}#i(t){const e=this.#s();try{e==null||e.removeItem(this.#n()+t)}catch{}}#s(){return this.#e===null?this.tab:this.lasting}#n(){return`${dt}${this.#e??"unbound"}.`}#o(t,e){const s=[];for(const n of Ae(t)){if(!n.startsWith(e))continue;const o=Ee((t==null?void 0:t.getItem(n))??null);o===null||this.now()-o.at>_e?t==null||t.removeItem(n):s.push(o)}this.#t=[...this.#t,...s.sort((n,o)=>n.at-o.at)]}}function Ae(i){const t=[];for(let e=0;e<((i==null?void 0:i.length)??0);e+=1){const s=i==null?void 0:i.key(e);s&&t.push(s)}return t}function Se(i,t,e){try{i==null||i.setItem(t,e)}catch{}}function Ee(i){try{const t=JSON.parse(i??"null");return typeof(t==null?void 0:t.id)!="string"||typeof t.text!="string"||typeof t.at!="number"?null:{id:t.id,text:t.text,at:t.at,...typeof t.choice=="string"&&{choice:t.choice},status:t.status==="refused"?"refused":"waiting",...typeof t.problem=="string"&&{problem:t.problem}}}catch{return null}}function Z(i){try{const t=globalThis[i];return t.getItem(dt),t}catch{return null}}function Ce(){const i=crypto.getRandomValues(new Uint8Array(16));i[6]=(i[6]??0)&15|64,i[8]=(i[8]??0)&63|128;const t=[...i].map(e=>e.toString(16).padStart(2,"0")).join("");return[t.slice(0,8),t.slice(8,12),t.slice(12,16),t.slice(16,20),t.slice(20)].join("-")}class Te{#t="";#e="";#i="";#s=[];push(t){this.#t+=t;const e=[];let s;for(;(s=this.#t.search(/\r\n|\n|\r/))>=0&&!(this.#t[s]==="\r"&&s===this.#t.length-1);){const n=this.#t.slice(0,s);this.#t=this.#t.slice(s+(this.#t.startsWith(`\r
`,s)?2:1)),this.#n(n,e)}return e}#n(t,e){if(t===""){this.#s.length>0&&e.push({id:this.#e,name:this.#i||"message",data:this.#s.join(`
`)}),this.#i="",this.#s=[];return}if(t.startsWith(":"))return;const s=t.indexOf(":"),n=s<0?t:t.slice(0,s),o=s<0?"":t.slice(s+1).replace(/^ /,"");n==="data"?this.#s.push(o):n==="event"?this.#i=o:n==="id"&&!o.includes("\0")&&(this.#e=o)}}const Le=4e4,Rt=[500,1e3,2e3,4e3,8e3,15e3],Oe=1e4;class Pe{constructor(t,e=Date.now){this.handlers=t,this.now=e}handlers;now;#t=null;#e;#i;#s=0;#n=0;get running(){return this.#t!==null||this.#e!==void 0}start(){this.running||this.#o()}stop(){var t;clearTimeout(this.#e),clearInterval(this.#i),this.#e=void 0,(t=this.#t)==null||t.abort(),this.#t=null}wake(t=2e4){this.running&&(this.#e!==void 0||this.now()-this.#s>t)&&(this.stop(),this.#n=0,this.#o())}async#o(){this.#e=void 0;const t=new AbortController;this.#t=t,this.#s=this.now();const e=this.now();clearInterval(this.#i),this.#i=setInterval(()=>{this.now()-this.#s>Le&&t.abort()},5e3);let s=null,n=0;try{const r=await this.handlers.open(this.handlers.after(),t.signal);if(this.#t!==t)return;this.handlers.opened(),await this.#a(r,t)}catch(r){r instanceof w&&(s=r.status,n=(r.retryAfter??0)*1e3)}if(this.#t!==t)return;t.abort(),clearInterval(this.#i),this.#t=null,this.now()-e>Oe&&(this.#n=0);const o=Rt[Math.min(this.#n,Rt.length-1)]??0;this.#n+=1,this.#e=setTimeout(()=>{this.#o()},Math.max(n,o*(.5+Math.random()/2))),this.handlers.lost(s)||this.stop()}async#a(t,e){var r;const s=(r=t.body)==null?void 0:r.getReader();if(!s)return;const n=new TextDecoder,o=new Te;for(;;){const{done:a,value:l}=await s.read();if(a||this.#t!==e)return;this.#s=this.now(),this.handlers.alive();for(const c of o.push(n.decode(l,{stream:!0})))this.handlers.event(c.name,c.data)}}}const It=(i,t,e)=>i===1?t:e,h={assistant:"Aftercare assistant",automated:"automated",staff:"Clinic staff",you:"You",bySms:"by text message",picture:"A picture of your mood check-ins. The words above say the same.",launcher:"Chat with us",launcherLabel:"Open the aftercare chat",launcherGrave:"Help is here",launcherUnread:i=>`${i} new ${It(i,"message","messages")}`,close:"Close the chat",start:"Start the chat",startText:"Ask about your aftercare at any hour.",panelLabel:i=>i?`Aftercare chat, ${i}`:"Aftercare chat",connecting:"Connecting…",connected:"Connected",connectedOnShift:"Connected. Staff are on shift.",connectedOffShift:"Connected. No staff on shift.",connectedStaff:i=>`Connected. You are writing with ${i}.`,waiting:"Connection lost. Trying again…",offline:"You are offline. You can keep writing.",crisisBar:"Help now",crisisRegion:"Phone numbers for help now",crisisTitle:"Get help now",crisisText:(i,t)=>`${i} and ${t} answer day and night.`,crisisLess:"Make smaller",crisisAlert:(i,t)=>`Help is one tap away, at the top of the chat. Call ${i} in an emergency. Call ${t} to talk to someone now.`,call:"Call",text:"Text",line:"Crisis line",lineText:"If you cannot talk",ambulance:"Emergency",clinic:"Clinic",clinicAfterHours:"After hours",callClinic:"Call clinic",callAfterHours:"Call after hours",log:"Messages",loading:"Getting your messages…",older:"Show earlier messages",olderLoading:"Getting earlier messages…",olderFailed:"Earlier messages could not be fetched. Try again in a moment.",newest:"Newest message",typing:i=>`${i} is writing…`,choices:"Suggested answers",important:"Important",today:"Today",yesterday:"Yesterday",composerLabel:"Your message",send:"Send",sending:"Sending…",sent:"Sent",unsent:"Not sent yet. It goes when the connection is back.",kept:"Saved, but nobody has read it yet.",cannotWait:"If you cannot wait, use a phone number above.",refused:"Not sent.",otherConversation:"This page now shows another conversation, so this was not sent. Send it again only if it belongs here.",again:"Send again",remove:"Remove",enterHint:"Enter sends. Shift and Enter starts a new line.",empty:"Write a message first.",tooLong:(i,t)=>`This message is ${i.toLocaleString("en-US")} characters long. The limit is ${t.toLocaleString("en-US")}. Please shorten it, or send it in parts. Nothing you wrote is lost.`,room:i=>`${i.toLocaleString("en-US")} ${It(i,"character","characters")} left`,problem:"Something went wrong."};class Me{#t=new Map;#e=new Map;#i=new Set;#s=null;#n=null;add(t){return t.seq<=0||this.#t.has(t.seq)||this.#e.has(t.id)?!1:(this.#t.set(t.seq,t),this.#e.set(t.id,t.seq),this.#s=this.#s===null?t.seq:Math.min(this.#s,t.seq),this.#n=null,!0)}has(t){return this.#e.has(t)}list(){return this.#n??=[...this.#t.values()].sort((t,e)=>t.seq-e.seq),this.#n}get floor(){return this.#s}get settled(){const t=this.gap();return t===null?this.#o:t.from-1}gap(){if(this.#s===null)return null;const t=e=>this.#t.has(e)||this.#i.has(e);for(let e=this.#s+1;e<this.#o;e+=1){if(t(e))continue;let s=e;for(;s+1<this.#o&&!t(s+1);)s+=1;return{from:e,to:s}}return null}giveUp(t){for(let e=t.from;e<=t.to;e+=1)this.#t.has(e)||this.#i.add(e)}clear(){this.#t.clear(),this.#e.clear(),this.#i.clear(),this.#s=null,this.#n=null}get#o(){var e;const t=this.list();return((e=t[t.length-1])==null?void 0:e.seq)??0}}const B=5e3,ut=50,Ne="AC105",ft=1500,He=6e4,Ue=6e4,Re=12*36e5,Ie=3e4,Q=[1e3,2e3,4e3,8e3,15e3,3e4];class De{constructor(t,e,s,n,o,r=Date.now){this.api=t,this.outbox=e,this.clinic=s,this.changed=n,this.arrived=o,this.now=r,this.#e=new Pe({after:()=>this.#t.settled,open:(a,l)=>this.api.events(a,l),event:(a,l)=>this.#U(a,l),opened:()=>this.#E(),alive:()=>this.connection!=="open"&&this.#f("open"),lost:a=>this.#H(a)},r)}api;outbox;clinic;changed;arrived;now;connection="idle";verified=!1;more=!1;loaded=!1;loadingOlder=!1;olderFailed=!1;typing=!1;owner="assistant";onShift=null;notice="";front=null;#t=new Me;#e;#i=null;#s=null;#n=!1;#o=!1;#a=!1;#m=!1;#h=!1;#c=null;#g=null;#v=!1;#l=0;#r={};#d=new Map;get messages(){return this.#t.list()}get unsent(){return this.outbox.entries}provisional(t){return this.#d.get(t)??null}picture(t){return t.image===null?null:this.api.base+t.image}get ownerName(){if(this.owner!=="staff")return h.assistant;const t=[...this.messages].reverse().find(e=>e.from==="staff");return this.#i??(t==null?void 0:t.name)??h.staff}get key(){return this.#c}start(){this.#o||(this.#o=!0,this.#p())}prove(t){this.#s=t,this.#o&&this.#p()}stop(){this.#o=!1,this.#e.stop();for(const t of Object.values(this.#r))clearTimeout(t);this.#r={}}wake(t){this.#a=!1,this.#o&&(clearTimeout(this.#r.hidden),this.#r.establish!==void 0||!this.#e.running?this.#p():this.#e.wake(t),this.#u())}rest(){clearTimeout(this.#r.hidden),this.#r.hidden=setTimeout(()=>this.#e.stop(),Ue)}offline(){this.#a=!0,this.#o&&(this.typing=!1,this.#f("offline"))}write(t,e){const s=this.now();this.outbox.put({id:Ce(),text:t,at:s,status:"waiting",...e!==void 0&&{choice:e}}),this.changed(),this.#r.establish!==void 0&&this.#p(),this.#u()}again(t){const e=this.outbox.entries.find(o=>o.id===t);if(!e)return;const{problem:s,...n}=e;this.outbox.put({...n,status:"waiting"}),this.changed(),this.#u()}remove(t){this.outbox.remove(t),this.#d.delete(t),this.changed()}calm(){this.front=null,this.changed()}async older(){const t=this.#t.floor;if(!(this.loadingOlder||t===null)){this.loadingOlder=!0,this.olderFailed=!1,this.changed();try{const e=await this.api.history(ut,t);for(const s of e.messages)this.#t.add(s);this.more=e.more}catch{this.olderFailed=!0}this.loadingOlder=!1,this.changed()}}#f(t){this.connection=t,this.changed()}#p(){this.#b().then(()=>(this.#e.start(),this.#u())).catch(t=>{t instanceof w&&t.status>=500&&this.#u(!0)})}#b(){return this.#g??=this.#M().finally(()=>this.#g=null),this.#g}async#M(){clearTimeout(this.#r.establish),this.#r.establish=void 0,this.connection!=="open"&&this.#f(this.connection==="idle"?"connecting":this.connection);try{const t=await this.#$();this.clinic=t.clinic,this.verified=t.verified,this.onShift=t.clinic.onShift,this.api.conversation=t.conversation;const e=t.conversation||`of ${t.name??""}`;e!==this.#c&&(this.#c!==null&&this.#w(),this.#c=e,this.outbox.bind(e,this.#h?null:h.otherConversation)),this.#h=!1,this.loaded||await this.#N()}catch(t){const e=t instanceof w?(t.retryAfter??0)*1e3:0,s=Q[Math.min(this.#l,Q.length-1)]??0;throw this.#l+=1,this.#r.establish=setTimeout(()=>this.#p(),Math.max(e,s*(.5+Math.random()/2))),this.#f(this.#a?"offline":"waiting"),t instanceof w&&t.status===429&&await this.#k(),t}this.#l=0}async#$(){const t=this.#s;try{const e=await this.api.session(this.clinic,t);return this.#y(t),e}catch(e){if(!(t!==null&&e instanceof w&&e.status===403&&e.code!==Ne))throw e;return this.#y(t),t.kind==="invite"&&(this.notice=e.message),this.api.session(this.clinic)}}#y(t){t==null||t.settled(),this.#s===t&&(this.#s=null)}async#k(){if(this.#c===null){for(const t of this.outbox.entries)if(!(t.status==="refused"||await this.#O(t)!==null)){clearTimeout(this.#r.establish),this.#r.establish=setTimeout(()=>this.#p());return}}}async#N(){const t=await this.api.history(ut);for(const e of t.messages)this.#t.add(e),this.outbox.remove(e.id),M(e.level)&&this.now()-e.at<Re&&(this.#_(e.level),this.#m=!0);this.#S(),this.more=t.more,this.loaded=!0,this.changed()}#w(){this.#e.stop(),this.#t.clear(),this.#d.clear(),this.loaded=this.more=this.typing=this.#n=!1,this.owner="assistant",this.front=this.#i=null}#E(){this.#f("open"),this.#C(),this.#u()}#C(){clearTimeout(this.#r.kept);for(const t of this.outbox.entries)t.status==="kept"&&this.outbox.put({...t,status:"waiting"})}#H(t){return this.typing=!1,this.#f(this.#a?"offline":"waiting"),t!==401&&t!==409?!0:(this.#T(t).catch(()=>{}),!1)}async#T(t){this.#e.stop(),this.#h=t===401,await this.#b(),this.#e.start()}#U(t,e){let s;try{s=JSON.parse(e)}catch{return}if(t==="message"){const n=j(s);n&&this.#x(n)}else t==="state"&&this.#R($e(s));this.changed()}#R(t){this.owner=t.owner,this.#i=t.ownerName,this.onShift=t.onShift??this.onShift,this.#A(t.typing),t.crisis&&!this.#n&&this.#_("crisis"),!t.crisis&&(this.#n||this.#m)&&this.front==="crisis"&&(this.front=null),this.#m=!1,this.#n=t.crisis}#A(t){clearTimeout(this.#r.typing),this.typing=t,t&&(this.#r.typing=setTimeout(()=>{this.typing=!1,this.changed()},He))}#_(t){this.front!=="crisis"&&(this.front=t)}#x(t){this.outbox.remove(t.id),this.#t.add(t)&&(t.from!=="patient"&&(this.#A(!1),this.#L(t)),M(t.level)&&(this.#_(t.level),this.#m=!1),this.#S(),this.arrived(t))}#L(t){var s;const e=(s=this.messages.find(n=>n.seq===t.replyTo))==null?void 0:s.id;for(const[n,o]of this.#d)(n===e||o.text===t.text)&&this.#d.delete(n)}#S(t=ft){this.#t.gap()===null||this.#r.gap!==void 0||(this.#r.gap=setTimeout(()=>{this.#I()},t))}async#I(){var e;let t=ft;try{const s=this.#t.gap();let n=s===null?0:s.to+1;for(;s!==null&&n>s.from;){const o=await this.api.history(ut,n);for(const a of o.messages)a.seq>=s.from&&this.#x(a);const r=(e=o.messages[0])==null?void 0:e.seq;if(r===void 0||!o.more||r>=n)break;n=r}s!==null&&this.#t.giveUp(s)}catch{t=10*ft}this.#r.gap=void 0,this.#S(t),this.changed()}async#u(t=!1){if(!(this.#v||this.#c===null&&!t)){clearTimeout(this.#r.resend),this.#r.resend=void 0,this.#v=!0;try{let e=!1;for(let s=this.outbox.next;s!==null&&this.#o;s=this.outbox.next){const n=await this.#O(s);if(n===401||n===409){if(e)break;e=!0,await this.#T(n)}else if(n!==null)break}}catch{}finally{this.#v=!1}}}async#O(t){this.outbox.put({...t,status:"sending"}),this.changed();try{const{message:e,reply:s,kept:n}=await this.api.send({id:t.id,text:t.text,...t.choice!==void 0&&{choice:t.choice}});return this.#l=0,n?this.#D(t,s):(this.outbox.remove(t.id),s&&this.#d.delete(t.id),e&&this.#x(e),s&&s.seq>0&&this.#x(s),this.changed(),null)}catch(e){return this.#z(t,e)}}#D(t,e){if(this.#t.has(t.id))this.outbox.remove(t.id);else{e&&this.#P(t,e);const{problem:s,...n}=t;this.outbox.put({...n,status:"kept"}),clearTimeout(this.#r.kept),this.#r.kept=setTimeout(()=>{this.#C(),this.#u(!0)},Ie)}return this.changed(),null}#P(t,e){this.#d.has(t.id)||(M(e.level)&&this.#_(e.level),this.arrived(e)),this.#d.set(t.id,e)}#z(t,e){const s=e instanceof w?e:null,n=(s==null?void 0:s.status)??0;if(s!=null&&s.reply&&this.#P(t,s.reply),this.#t.has(t.id))return this.outbox.remove(t.id),null;if(s!==null&&n>=400&&n<500&&![401,408,409,425,429].includes(n))return this.outbox.put({...t,status:"refused",problem:s.message||h.problem}),this.changed(),null;if(this.outbox.put({...t,status:"waiting",...(s==null?void 0:s.message)&&{problem:s.message}}),n!==401&&n!==409){const r=Q[Math.min(this.#l,Q.length-1)]??0;this.#l+=1,clearTimeout(this.#r.resend),this.#r.resend=setTimeout(()=>{this.#u()},Math.max(((s==null?void 0:s.retryAfter)??0)*1e3,r*(.5+Math.random()/2)))}return this.changed(),n}}const ze=/(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}/.source;function pt(i){return(i.trim().startsWith("+")?"+":"")+i.replace(/\D/g,"")}function qe(i){return i.replace(/[.*+?^${}()|[\]\\]/g,"\\$&")}function je(i,t){const e=t.filter(r=>r.trim()!=="").map(qe),s=new RegExp(`(?:${[...e,ze].join("|")})(?![\\w@]|[.-]\\w)`,"g"),n=[];let o=0;for(const r of i.matchAll(s)){if(/[\w.$#@/+-]$/.test(i.slice(0,r.index)))continue;r.index>o&&n.push({text:i.slice(o,r.index),href:null});const a=i.slice(0,r.index),l=/\btext\s+$/i.test(a)&&!/\bcall\s+or\s+text\s+$/i.test(a)?"sms:":"tel:";n.push({text:r[0],href:l+pt(r[0])}),o=r.index+r[0].length}return o<i.length&&n.push({text:i.slice(o),href:null}),n}function Be(i,t,e,s){const n=We(i,t,e);if(e===null){const o=n.filter(r=>r.href.startsWith("tel:"));return u`<section class="crisis bar" aria-label=${h.crisisRegion}>
      <h3>${h.crisisBar}</h3>
      <ul class=${o.length<3?"two":f}>
        ${o.map(r=>u`<li>
            <a href=${r.href}><span class="unseen">${r.verb} </span><b>${r.short}</b> <span>${r.about}</span></a>
          </li>`)}
      </ul>
    </section>`}return u`<section class="crisis front" aria-label=${h.crisisRegion}>
    <div class="head">
      <h3>${h.crisisTitle}</h3>
      <button class="less" type="button" @click=${s}>${h.crisisLess}</button>
    </div>
    <p>${h.crisisText(i.ambulance,i.crisisLine)}</p>
    <ul>
      ${n.map(o=>u`<li>
          <a class=${o.second?"second":f} href=${o.href}><b>${o.long}</b> <span>${o.about}</span></a>
        </li>`)}
    </ul>
  </section>`}function We(i,t,e){const{call:s,text:n}=h,o=(p,v,b,F,tt)=>({href:v+pt(b),verb:p,short:b,long:`${p} ${b}`,about:F,second:tt}),r=[o(s,"tel:",i.crisisLine,h.line,!1)];i.crisisLine==="988"&&r.push(o(n,"sms:","988",h.lineText,!0));const a=o(s,"tel:",i.ambulance,h.ambulance,!1),l=e==="emergency"?[a,...r]:[...r,a],c=t===!1&&i.afterHoursPhone!==""&&i.afterHoursPhone!==i.phone,m=c?i.afterHoursPhone:i.phone;if(m==="")return l;const d=c?h.clinicAfterHours:h.clinic,g=c?h.callAfterHours:h.callClinic;return[...l,{href:`tel:${pt(m)}`,verb:s,short:d,long:g,about:m,second:!0}]}const N=i=>u`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${i}</svg>`,H={chat:N(C`<path d="M4 5h16v11H10l-5 4v-4H4z" />`),close:N(C`<path d="M6 6l12 12M18 6L6 18" />`),send:N(C`<path d="M4 12h14M12 6l6 6-6 6" />`),person:N(C`<circle cx="12" cy="8" r="4" /><path d="M4 21c1-5 4-7 8-7s7 2 8 7" />`),important:N(C`<path d="M12 3l10 18H2zM12 10v5M12 18v.1" />`),down:N(C`<path d="M12 5v14M6 13l6 6 6-6" />`)};const Fe={CHILD:2},Ge=i=>(...t)=>({_$litDirective$:i,values:t});let Ve=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,s){this._$Ct=t,this._$AM=e,this._$Ci=s}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};const{I:Ke}=fe,Dt=i=>i,zt=()=>document.createComment(""),W=(i,t,e)=>{var o;const s=i._$AA.parentNode,n=t===void 0?i._$AB:t._$AA;if(e===void 0){const r=s.insertBefore(zt(),n),a=s.insertBefore(zt(),n);e=new Ke(r,a,i,i.options)}else{const r=e._$AB.nextSibling,a=e._$AM,l=a!==i;if(l){let c;(o=e._$AQ)==null||o.call(e,i),e._$AM=i,e._$AP!==void 0&&(c=i._$AU)!==a._$AU&&e._$AP(c)}if(r!==n||l){let c=e._$AA;for(;c!==r;){const m=Dt(c).nextSibling;Dt(s).insertBefore(c,n),c=m}}}return e},S=(i,t,e=i)=>(i._$AI(t,e),i),Ye={},Je=(i,t=Ye)=>i._$AH=t,Ze=i=>i._$AH,mt=i=>{i._$AR(),i._$AA.remove()};const qt=(i,t,e)=>{const s=new Map;for(let n=t;n<=e;n++)s.set(i[n],n);return s},Qe=Ge(class extends Ve{constructor(i){if(super(i),i.type!==Fe.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,t,e){let s;e===void 0?e=t:t!==void 0&&(s=t);const n=[],o=[];let r=0;for(const a of i)n[r]=s?s(a,r):r,o[r]=e(a,r),r++;return{values:o,keys:n}}render(i,t,e){return this.dt(i,t,e).values}update(i,[t,e,s]){const n=Ze(i),{values:o,keys:r}=this.dt(t,e,s);if(!Array.isArray(n))return this.ut=r,o;const a=this.ut??=[],l=[];let c,m,d=0,g=n.length-1,p=0,v=o.length-1;for(;d<=g&&p<=v;)if(n[d]===null)d++;else if(n[g]===null)g--;else if(a[d]===r[p])l[p]=S(n[d],o[p]),d++,p++;else if(a[g]===r[v])l[v]=S(n[g],o[v]),g--,v--;else if(a[d]===r[v])l[v]=S(n[d],o[v]),W(i,l[v+1],n[d]),d++,v--;else if(a[g]===r[p])l[p]=S(n[g],o[p]),W(i,n[d],n[g]),g--,p++;else if(c===void 0&&(c=qt(r,p,v),m=qt(a,d,g)),c.has(a[d]))if(c.has(a[g])){const b=m.get(r[p]),F=b!==void 0?n[b]:null;if(F===null){const tt=W(i,n[d]);S(tt,o[p]),l[p]=tt}else l[p]=S(F,o[p]),W(i,n[d],F),n[b]=null;p++}else mt(n[g]),g--;else mt(n[d]),d++;for(;p<=v;){const b=W(i,l[v+1]);S(b,o[p]),l[p++]=b}for(;d<=g;){const b=n[d++];b!==null&&mt(b)}return this.ut=r,Je(i,l),k}});function Xe(i,t){const e=es(i);return u`<ol>
    ${Qe(ts(i),s=>s.key,s=>s.kind==="day"?u`<li class="day">${s.label}</li>`:s.kind==="unsent"?os(s.entry,s.first,i,t):ss(s.message,s.first,s.fate,i,s.message===e?t:null))}
  </ol>`}function ts(i){const t=[],{messages:e,unsent:s}=i,n=s.length>0?void 0:[...e].reverse().find(a=>a.from==="patient");let o="",r="";for(const a of e){const l=cs(a.at);l!==o&&t.push({kind:"day",key:`day-${o=l}`,label:l});const c=`${o} ${a.from} ${a.name??""} ${a.channel}`,m=a===n?h.sent:null;t.push({kind:"message",key:a.id,message:a,first:c!==r,fate:m}),r=c}for(const a of s){const l=!r.includes("patient");t.push({kind:"unsent",key:a.id,entry:a,first:l});const c=i.provisional(a.id);r=c?"assistant":"patient",c&&t.push({kind:"message",key:`provisional-${a.id}`,message:c,first:!0,fate:null})}for(const a of e){const l=a.from==="patient"?i.provisional(a.id):null;l&&t.push({kind:"message",key:`provisional-${a.id}`,message:l,first:!0,fate:null})}return t}function es(i){if(i.unsent.some(t=>t.status!=="refused"))return null;for(const t of[...i.messages].reverse()){if(t.from==="patient")return null;if(t.buttons.length>0)return t}return null}function ss(i,t,e,s,n){const o=i.from!=="patient"&&M(i.level);return u`<li class="item ${i.from} ${t?"first":""} ${o?"grave":""}">
    ${is(i,t)}
    <div class="bubble">${o?u`<span class="mark">${H.important}${h.important}</span>`:f}${ns(i,s)}${rs(s.picture(i))}</div>
    ${e===null?f:u`<p class="fate">${e}</p>`}
    ${n===null?f:u`<ul class="choices row" aria-label=${h.choices}>
          ${i.buttons.map(r=>u`<li><button class="plain" type="button" @click=${()=>n.choose(r)}>${r.title}</button></li>`)}
        </ul>`}
  </li>`}function is(i,t){const e=u`<time datetime=${new Date(i.at).toISOString()}>${hs(i.at)}</time>`,s=i.channel==="sms"?u`<span>${h.bySms}</span>`:f;if(i.from==="patient")return u`<p class=${t?"who":"unseen"}><b>${h.you}</b> ${s} ${e}</p>`;if(i.from==="staff"){const n=i.name===null?f:u`<span class="badge">${h.staff}</span>`;return u`<p class=${t?"who":"unseen"}>${H.person}<b>${i.name??h.staff}</b> ${n} ${s} ${e}</p>`}return u`<p class=${t?"who":"unseen"}><b>${h.assistant}</b> <span>(${h.automated})</span> ${s} ${e}</p>`}function ns(i,t){if(i.from==="patient")return i.text;const{phone:e,afterHoursPhone:s,crisisLine:n,ambulance:o}=t.clinic;return je(i.text,[e,s,n,o]).map(r=>r.href===null?r.text:u`<a href=${r.href}>${r.text}</a>`)}function rs(i){return i===null?f:u`<img class="picture" src=${i} alt=${h.picture} width="340" height="202" />`}function os(i,t,e,s){return u`<li class="item patient unsent ${t?"first":""}">
    <p class=${t?"who":"unseen"}><b>${h.you}</b></p>
    <div class="bubble">${i.text}</div>
    ${i.status==="refused"?u`<p class="fate bad">${h.refused} ${i.problem}</p>
          <div class="row">
            <button class="plain" type="button" @click=${()=>s.again(i.id)}>${h.again}</button>
            <button class="plain" type="button" @click=${()=>s.remove(i.id)}>${h.remove}</button>
          </div>`:u`<p class="fate ${jt(i,e)?"bad":""}">${ls(i,e)}</p>`}
  </li>`}const as=8e3;function jt(i,t){return i.status==="kept"||t.connection!=="open"||i.problem!==void 0||Date.now()-i.at>as}function ls(i,t){return jt(i,t)?`${i.status==="kept"?h.kept:i.problem??h.unsent} ${h.cannotWait}`:h.sending}const Bt="en-US";function hs(i){return new Date(i).toLocaleTimeString(Bt,{hour:"numeric",minute:"2-digit"})}function cs(i){const t=new Date(i),e=new Date;return t.toDateString()===e.toDateString()?h.today:(e.setDate(e.getDate()-1),t.toDateString()===e.toDateString()?h.yesterday:t.toLocaleDateString(Bt,{weekday:"long",day:"numeric",month:"long",year:"numeric"}))}const Wt="#aftercare-invite=";function gt(){return location.hash.startsWith(Wt)}function ds(){return gt()?{kind:"invite",value:location.hash.slice(Wt.length),settled:()=>{gt()&&history.replaceState(history.state,"",location.pathname+location.search)}}:null}function us(i){return{kind:"identity",value:i,settled:()=>{}}}const Ft=it`
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
`,fs=80,ps=300,Gt="aftercare.draft.",X=()=>matchMedia("(pointer: coarse)").matches;class ms extends Event{constructor(t){super("aftercare-arrived"),this.message=t}message}class gs extends O{static styles=[Ft,xe];static properties={server:{type:String},open:{type:Boolean,reflect:!0},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},identity:{type:String},closable:{type:Boolean}};#t=null;#e=null;#i="";#s="";#n="";#o=!0;#a=!1;#m="";#h=!0;#c=null;#g=0;#v=null;#l=new ResizeObserver(()=>this.#h&&this.#w());#r;constructor(){super(),this.server="",this.open=!1,this.phone="",this.crisisLine="988",this.ambulance="911",this.identity="",this.closable=!1}get conversation(){return this.#t??=new De(new we(this.server.replace(/\/+$/,"")),new ke(Z("localStorage"),Z("sessionStorage")),this.#d(),()=>this.requestUpdate(),t=>this.#M(t))}connectedCallback(){super.connectedCallback(),window.addEventListener("online",this.#f),window.addEventListener("offline",this.#p),window.addEventListener("pageshow",this.#b),document.addEventListener("visibilitychange",this.#b),navigator.onLine||this.conversation.offline();const t=ds();t!==null&&(this.conversation.prove(t),this.open=!0),this.#r=setInterval(()=>{var e;return((e=this.#t)==null?void 0:e.unsent.length)&&this.requestUpdate()},4e3)}disconnectedCallback(){var t;super.disconnectedCallback(),window.removeEventListener("online",this.#f),window.removeEventListener("offline",this.#p),window.removeEventListener("pageshow",this.#b),document.removeEventListener("visibilitychange",this.#b),clearInterval(this.#r),this.#l.disconnect(),this.#v=null,(t=this.#t)==null||t.stop(),this.#t=null}enter(){var e;(e=(X()?null:this.#$())??this.renderRoot.querySelector("h2"))==null||e.focus(),this.#w()}#d(){const{phone:t,crisisLine:e,ambulance:s}=this;return{name:"",phone:t,afterHoursPhone:"",crisisLine:e,ambulance:s,onShift:null}}#f=()=>this.conversation.wake(0);#p=()=>this.conversation.offline();#b=()=>{if(document.hidden)return this.conversation.rest();this.conversation.wake(),navigator.onLine||this.conversation.offline()};#M(t){if(t.from!=="patient"&&this.dispatchEvent(new ms(t)),M(t.level)){const{ambulance:e,crisisLine:s}=this.conversation.clinic;this.#n=h.crisisAlert(e,s)}}#$(){return this.renderRoot.querySelector("textarea")}#y(){return this.renderRoot.querySelector(".log")}#k(){const t=this.#y();return t!==null&&getComputedStyle(t).overflowY==="visible"?t.parentElement:t}willUpdate(t){var e;t.has("identity")&&this.identity&&this.conversation.prove(us(this.identity)),t.has("open")&&this.open&&this.conversation.start(),this.#c=((e=this.shadowRoot)==null?void 0:e.activeElement)??null,this.#S()}updated(){var r,a,l;this.#c!==null&&!this.#c.isConnected&&((r=X()?this.#y():this.#$())==null||r.focus());const{messages:t,unsent:e,loaded:s,loadingOlder:n}=this.conversation,o=((a=e[e.length-1])==null?void 0:a.id)??((l=t[t.length-1])==null?void 0:l.id)??"";if(o!==this.#m){const c=e.length>0,m=this.#m==="";this.#m=o,m||c||this.#h?this.#w():(this.#a=!0,this.requestUpdate())}else this.#h&&this.#w();this.#C(),s&&this.#o&&!n&&setTimeout(()=>this.#N(),t.length>2?500:0)}#N(){!this.#o||this.conversation.loadingOlder||(this.#o=!1,this.requestUpdate())}#w(){const t=this.#k();if(t===null)return;t.scrollTop=t.scrollHeight;const e=this.renderRoot.querySelectorAll(".item"),s=e[e.length-1];t===this.#y()&&s&&s.offsetHeight>t.clientHeight?(this.#g=s.offsetHeight-t.clientHeight+24,t.scrollTop-=this.#g):this.#g=0,this.#h=!0,this.#a=!1}#E=()=>{const t=this.#k();t!==null&&(this.#h=t.scrollHeight-t.scrollTop-t.clientHeight<fs+this.#g,this.#h&&this.#a&&(this.#a=!1,this.requestUpdate()))};#C(){const t=this.#y();t===null||t===this.#v||(this.#v=t,this.#l.disconnect(),this.#l.observe(t),this.#l.observe(this))}#H=t=>{t.key==="Escape"&&this.closable&&!t.isComposing&&(t.preventDefault(),t.stopPropagation(),this.#x())};#T=t=>{t.key!=="Enter"||t.shiftKey||t.isComposing||t.keyCode===229||X()||(t.preventDefault(),this.#A())};#U=()=>{const t=this.#$();if(t===null)return;this.#L(t.value);const e=[...t.value].length>B;this.#s=e?h.tooLong([...t.value].length,B):"",this.#R(t),this.requestUpdate()};#R(t){t.style.height="auto",t.style.height=`${t.scrollHeight+4}px`}#A(t){t==null||t.preventDefault();const e=this.#$();if(e===null)return;const s=e.value.trim(),n=[...s].length;this.#s=n===0?h.empty:n>B?h.tooLong(n,B):"",this.#s===""&&(this.conversation.write(s),e.value="",this.#L(""),e.style.height=""),e.focus(),this.requestUpdate()}#_(t){this.conversation.write(t.title,t.payload)}#x(){this.dispatchEvent(new Event("aftercare-close"))}#L(t){this.#i=t;try{this.#e!==null&&sessionStorage.setItem(Gt+this.#e,t)}catch{}}#S(){var n;const t=((n=this.#t)==null?void 0:n.key)??null;if(t===null||t===this.#e)return;const e=this.#$(),s=this.#e!==null;this.#e=t;try{!s&&this.#i===""&&(this.#i=sessionStorage.getItem(Gt+t)??"")}catch{return}e!==null&&e.value===""&&(e.value=this.#i)}render(){const{clinic:t,onShift:e,front:s}=this.conversation;return u`<section class="chat root" lang="en" aria-label=${h.panelLabel(t.name)} @keydown=${this.#H} @scroll=${this.#E}>
      ${this.#u(t)}
      ${Be(t,e,s,()=>this.#I())}
      <div class="unseen" role="alert">${this.#n}</div>
      ${this.open?[this.#P(),this.#q()]:this.#D()}
    </section>`}#I(){this.#n="",this.conversation.calm()}#u(t){const{connection:e}=this.conversation;return u`<header>
      <div>
        <h2 tabindex="-1">${t.name||h.assistant}</h2>
        <p class="status ${e}" role="status">
          ${e==="idle"?h.assistant:u`<span class="dot" aria-hidden="true"></span><span>${this.#O()}</span>`}
        </p>
      </div>
      ${this.closable?u`<button class="icon" type="button" aria-label=${h.close} title=${h.close} @click=${this.#x}>${H.close}</button>`:f}
    </header>`}#O(){const{connection:t,owner:e,ownerName:s,onShift:n}=this.conversation;return t==="connecting"?h.connecting:t==="waiting"?h.waiting:t==="offline"?h.offline:e==="staff"?h.connectedStaff(s):n===null?h.connected:n?h.connectedOnShift:h.connectedOffShift}#D(){return u`<div class="welcome">
      <p>${h.startText}</p>
      <button class="plain strong" type="button" @click=${()=>this.open=!0}>${h.start}</button>
    </div>`}#P(){const t=this.conversation,e=this.#o?"off":"polite";return u`<div class="log" role="log" aria-live=${e} aria-label=${h.log} tabindex="0" @scroll=${this.#E}>
      ${t.more?u`<div class="older">
            <button class="plain" type="button" aria-disabled=${t.loadingOlder} @click=${this.#z}>
              ${t.loadingOlder?h.olderLoading:h.older}
            </button>
            ${t.olderFailed?u`<p class="note bad" role="alert">${h.olderFailed}</p>`:f}
          </div>`:f}
      ${t.loaded||t.unsent.length>0?f:u`<p class="day">${h.loading}</p>`}
      ${Xe(t,{choose:s=>this.#_(s),again:s=>t.again(s),remove:s=>t.remove(s)})}
    </div>`}#z=async()=>{const t=this.#k(),e=t===null?0:t.scrollHeight-t.scrollTop;this.#o=!0,await this.conversation.older(),await this.updateComplete,t!==null&&(t.scrollTop=t.scrollHeight-e)};#q(){const{typing:t,ownerName:e,notice:s}=this.conversation;return u`<div class="below">
      <p class=${s?"note bad":"unseen"} id="notice" role="status">${s}</p>
      ${this.#a?u`<button class="plain strong newest" type="button" @click=${this.#j}>${H.down}${h.newest}</button>`:f}
      <p class="typing" role="status" ?hidden=${!t}>
        ${t?u`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${h.typing(e)}`:f}
      </p>
      ${this.#B()}
    </div>`}#j=()=>{this.#w(),this.requestUpdate()};#B(){const t=B-[...this.#i].length,e=t<=ps&&t>=0;return u`<form @submit=${this.#A}>
      <label for="text">${h.composerLabel}</label>
      <div class="line">
        <textarea
          id="text"
          rows="1"
          autocomplete="off"
          aria-invalid=${this.#s===""?"false":"true"}
          aria-describedby="problem room hint"
          .value=${this.#i}
          @input=${this.#U}
          @keydown=${this.#T}
        ></textarea>
        <button class="plain strong send" type="submit">${H.send}${h.send}</button>
      </div>
      <p class=${this.#s?"note bad":"unseen"} id="problem" role="alert">${this.#s}</p>
      <p class="note" id="room" ?hidden=${!e}>${e?h.room(t):f}</p>
      <span class="unseen" id="hint">${X()?f:h.enterHint}</span>
    </form>`}}const vs=it`
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
`,Vt="aftercare.started",bs="(max-width: 37em), (max-height: 30em)";class Kt extends O{static styles=[Ft,vs];static properties={server:{type:String},theme:{type:String,reflect:!0},phone:{type:String},crisisLine:{type:String,attribute:"crisis-line"},ambulance:{type:String},identity:{type:String},shown:{state:!0},started:{state:!0},unread:{state:!0},grave:{state:!0}};#t=null;constructor(){var t;super(),this.server="",this.phone="",this.crisisLine="988",this.ambulance="911",this.identity="",this.shown=!1,this.started=((t=Z("localStorage"))==null?void 0:t.getItem(Vt))==="1",this.unread=0,this.grave=!1}connectedCallback(){var t,e;super.connectedCallback(),document.addEventListener("click",this.#s),(t=window.visualViewport)==null||t.addEventListener("resize",this.#n),(e=window.visualViewport)==null||e.addEventListener("scroll",this.#n),gt()&&this.show(!0)}disconnectedCallback(){var t,e;super.disconnectedCallback(),document.removeEventListener("click",this.#s),(t=window.visualViewport)==null||t.removeEventListener("resize",this.#n),(e=window.visualViewport)==null||e.removeEventListener("scroll",this.#n)}async show(t=!1,e=null){var r,a;if((e!==null||!this.shown)&&(this.#t=e),this.shown){t||(r=this.#i())==null||r.enter();return}this.shown=!0,this.started=!0,this.unread=0,this.grave=!1;try{(a=Z("localStorage"))==null||a.setItem(Vt,"1")}catch{}await this.updateComplete;const s=this.#e(),n=matchMedia(bs).matches;n?s==null||s.showModal():s==null||s.setAttribute("open",""),this.#n();const o=this.#i();await(o==null?void 0:o.updateComplete),(n||!t)&&(o==null||o.enter())}async hide(){var n;if(!this.shown)return;const t=this.#e(),e=(t==null?void 0:t.matches(":focus-within"))===!0;if(t!=null&&t.open&&t.close(),this.shown=!1,await this.updateComplete,!e)return;const s=(n=this.#t)!=null&&n.isConnected?this.#t:this.renderRoot.querySelector(".launcher");s==null||s.focus()}#e(){return this.renderRoot.querySelector("dialog")}#i(){return this.renderRoot.querySelector("aftercare-chat")}#s=t=>{const e=t.target instanceof Element?t.target.closest("[data-aftercare-open]"):null;e!==null&&(t.preventDefault(),this.show(!1,e))};#n=()=>{const t=window.visualViewport,e=this.#e();!t||!e||t.scale>1.01||(e.style.setProperty("--seen-height",`${t.height}px`),e.style.setProperty("--seen-top",`${t.offsetTop}px`))};#o=t=>{const{message:e}=t;this.shown||(this.unread+=1,M(e.level)&&(this.grave=!0,this.show(!0)))};render(){const t=this.grave?h.launcherGrave:h.launcher;return u`<button
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
      <dialog class="root panel" aria-label=${h.panelLabel("")} @cancel=${this.#a}>
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
          @aftercare-arrived=${this.#o}
        ></aftercare-chat>
      </dialog>`}#a=t=>{t.preventDefault(),this.hide()}}function $s(i){if(customElements.get("aftercare-chat"))return;customElements.define("aftercare-chat",gs),customElements.define("aftercare-launcher",Kt);const{server:t,phone:e,crisisLine:s,ambulance:n,identity:o,theme:r,open:a}=(i==null?void 0:i.dataset)??{};if(t===void 0)return;const l=new Kt;l.server=t,e!==void 0&&(l.phone=e),s!==void 0&&(l.crisisLine=s),n!==void 0&&(l.ambulance=n),o!==void 0&&(l.identity=o),r!==void 0&&(l.theme=r);const c=()=>{document.body.append(l),a!==void 0&&matchMedia("(min-width: 64em)").matches&&l.show(!0)};document.body?c():document.addEventListener("DOMContentLoaded",c,{once:!0})}$s(document.currentScript??document.querySelector('script[data-server][src*="aftercare-widget"]'))})();
